"""Requests of the operator's programs: small JSON objects, checked field by field."""

from typing import Final, TypeVar

from starlette.requests import Request

from countersign.protocol.canonical_json import JsonObject, parse_object
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_room_id
from countersign.web.http.requests import read_body, read_head

MAX_BODY_BYTES: Final = 64 * 1024

MAX_NUMBER_DIGITS: Final = 15

Value = TypeVar("Value")


class AdminRequests:
    """Reads their bodies."""

    async def read(self, request: Request, *, max_bytes: int = MAX_BODY_BYTES) -> JsonObject:
        """Return the body.

        Args:
            request: whose.
            max_bytes: how long it may be.

        Raises:
            NotJson, BadJson: it is no JSON object.
            BodyTooLarge: it is above `max_bytes`.
        """
        head = read_head(request.scope)
        body = await read_body(request.receive, head, max_bytes)
        value: JsonObject = parse_object(body).value
        return value


def get_field(body: JsonObject, name: str, kind: type[Value]) -> Value:
    """Return the field `name` of `body`.

    Raises:
        BadJson: it is missing, or not of this kind.
    """
    value = body.get(name)
    if not isinstance(value, kind):
        raise BadJson(f"The body needs the field {name!r} ({kind.__name__}).")
    return value


def text_parameter(request: Request, name: str) -> str | None:
    """Return a parameter of the query; None if it is missing or empty."""
    return request.query_params.get(name) or None


def room_parameter(request: Request) -> str | None:
    """Return the room ID in the query; None if it names none.

    Raises:
        BadJson: it is no room ID.
    """
    room_id = text_parameter(request, "room_id")
    if room_id is not None and not is_room_id(room_id):
        raise BadJson("The parameter 'room_id' must be a room ID such as !abc:example.org.")
    return room_id


def whole_number(request: Request, name: str, default: int) -> int:
    """Return a parameter of the query that is a whole number.

    Raises:
        BadJson: it is none.
    """
    text = text_parameter(request, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > MAX_NUMBER_DIGITS:
        raise BadJson(f"The parameter {name!r} must be a whole number.")
    return int(text)


def optional_number(request: Request, name: str) -> int | None:
    """Return a parameter of the query that is a whole number; None if it is missing.

    Raises:
        BadJson: it is none.
    """
    return whole_number(request, name, 0) if text_parameter(request, name) else None
