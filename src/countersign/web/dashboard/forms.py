"""Forms, read within limits and accepted only from our own pages."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_room_id
from countersign.web.dashboard.sessions import Session
from countersign.web.http.access_refused import FormRefused, NotSignedIn
from countersign.web.http.requests import read_body, read_head

MAX_FORM_BYTES: Final = 64 * 1024
MAX_FIELDS: Final = 50
CSRF_FIELD: Final = "csrf"
MAX_NUMBER_DIGITS: Final = 15

HOUR_MS: Final = 3_600_000


class Form:
    """The fields of a form, all of them text; line ends are as in files."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """Return a field without spaces around it; empty if it is missing."""
        return self._fields.get(name, "").strip()

    def document(self, name: str) -> str:
        """Return a field unchanged."""
        return self._fields.get(name, "").replace("\r\n", "\n")

    def is_ticked(self, name: str) -> bool:
        """Return True if a box was ticked."""
        return name in self._fields

    def duration_ms(self, name: str) -> int | None:
        """Return a number of hours in milliseconds; None if it was left empty.

        Raises:
            BadJson: it is no number of hours.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            hours = float(text)
        except ValueError:
            hours = -1.0
        if not 0 < hours <= 24 * 3_660:
            raise BadJson("Give the time as a number of hours, such as 24.")
        return round(hours * HOUR_MS)


def whole_number(text: str) -> int:
    """Return a whole number from a query or a form; 0 if it is missing.

    Raises:
        BadJson: it is none.
    """
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER_DIGITS):
        raise BadJson("The address holds no number where one is needed.")
    return int(text)


async def read_form(request: Request, max_bytes: int = MAX_FORM_BYTES) -> Form:
    """Return the form in a request.

    Raises:
        FormRefused: it does not carry the secret of the session.
        BadJson: it is no form.
        BodyTooLarge, BodyCutShort: see `read_body`.
    """
    fields = await _read_fields(request, max_bytes)
    if not session_of(request).has_sent(fields.get(CSRF_FIELD, "")):
        raise FormRefused
    return Form(fields)


async def read_unsigned_form(request: Request) -> Form:
    """Return the form of a visitor who has not signed in, which carries no secret.

    Raises:
        BadJson: it is no form.
        BodyTooLarge, BodyCutShort: see `read_body`.
    """
    return Form(await _read_fields(request, MAX_FORM_BYTES))


async def _read_fields(request: Request, max_bytes: int) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadJson("This page takes forms alone.")
    body = await read_body(request.receive, read_head(request.scope), max_bytes)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except ValueError:
        raise BadJson("The form cannot be read.") from None
    return dict(pairs)


def session_of(request: Request) -> Session:
    """Return the session of a request.

    Raises:
        NotSignedIn: they have none.
    """
    session = request.scope.get("session")
    if not isinstance(session, Session):
        raise NotSignedIn
    return session


def searched_room(request: Request) -> str | None:
    """Return the room ID in the query of a search; None if the search is not about one room.

    Raises:
        BadJson: it is no room ID.
    """
    room_id = request.query_params.get("room", "").strip()
    if room_id and not is_room_id(room_id):
        raise BadJson("Name the room by its ID, such as !abc:example.org, or leave it out.")
    return room_id or None
