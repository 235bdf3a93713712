"""URLs of other servers' endpoints, and parsing of their answers."""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar
from urllib.parse import quote

import aiohttp
from yarl import URL

from countersign.adapters.federation.bodies import read_body
from countersign.basics.printable_text import spaced
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.protocol.canonical_json import (
    MAX_EVENT_VALUES,
    JsonObject,
    parse_object,
)
from countersign.protocol.errors import ProtocolError
from countersign.protocol.server_discovery import Target

MAX_ERROR_BYTES = 16 * 1024
MAX_ERRCODE_CHARS = 100
MAX_ERROR_CHARS = 300
Body = TypeVar("Body")
_OK = 200
_CLIENT_ERRORS = range(400, 500)


@dataclass(frozen=True, slots=True)
class Received(Generic[Body]):
    """The parts of an answer that are used."""

    body: Body
    date: str | None


async def check_status(server: str, response: aiohttp.ClientResponse) -> None:
    """Return if the answer is a success; raise the error that it has otherwise."""
    if response.status == _OK:
        return
    if response.status in _CLIENT_ERRORS:
        raise refusal_of(server, response.status, await read_body(response, MAX_ERROR_BYTES))
    raise PeerUnavailable(f"{server}: answered {response.status}")


def timestamp_in(date: str) -> int | None:
    """Read a `Date` header."""
    try:
        moment = parsedate_to_datetime(date)
        # Without a zone it is in none, which HTTP does not allow; all say GMT.
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) * 1000
    except (ValueError, OverflowError):
        return None


def path_of(prefix: str, *segments: str) -> str:
    """Return a path whose segments are quoted."""
    return "/".join([prefix, *(quote(segment, safe="") for segment in segments)])


def at_event(prefix: str, room_id: str, event_id: str) -> str:
    """Return the path of a room, as of an event."""
    return f"{path_of(prefix, room_id)}?event_id={quote(event_id, safe='')}"


def url_of(target: Target, uri: str) -> URL:
    """Return the URL of a request."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    # `encoded`: not one byte of the path may change, since it is signed.
    return URL(f"https://{host}:{target.port}{uri}", encoded=True)


def object_in(server: str, body: bytes) -> JsonObject:
    """Parse an answer by the rules for requests.

    Raises:
        PeerUnavailable: it is no JSON object, or exceeds the limits for an event with its envelope.
    """
    try:
        answer: JsonObject = parse_object(body, max_values=MAX_EVENT_VALUES).value
    except ProtocolError as error:
        raise PeerUnavailable(
            f"{server}: the answer is not JSON that we can read: {error}"
        ) from error
    return answer


def refusal_of(server: str, status: int, body: bytes) -> PeerRefused:
    """Parse a Matrix error.

    Raises:
        PeerUnavailable: it is no Matrix error; it may be a proxy's page.
    """
    answer = object_in(server, body)
    errcode, error = answer.get("errcode"), answer.get("error")
    if not isinstance(errcode, str):
        raise PeerUnavailable(f"{server}: answered {status} without a Matrix error code")
    words = error if isinstance(error, str) else ""
    return PeerRefused(status, spaced(errcode)[:MAX_ERRCODE_CHARS], spaced(words)[:MAX_ERROR_CHARS])
