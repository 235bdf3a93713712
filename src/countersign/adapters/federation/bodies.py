"""Reading of answers' bodies, with a limit on their size."""

from io import BytesIO

from aiohttp import ClientResponse

from countersign.ports.pauses import Pauses
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import ProtocolError
from countersign.protocol.json_pieces import MAX_SLICE_BYTES, JsonPieces, WantedFields

_CHUNK_BYTES = 65_536


class BodyUnusable(Exception):
    """The body is longer than allowed, compressed without our request, or invalid JSON."""


async def read_body(response: ClientResponse, max_bytes: int) -> bytes:
    """Return the body of `response`; the caller sets the deadline.

    Raises:
        BodyUnusable: longer than `max_bytes`, or compressed although we asked for `identity`.
    """
    _check_headers(response, max_bytes)
    # A bytearray would have to be copied at the end, which doubles the memory for a large state.
    body = BytesIO()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        if body.tell() + len(chunk) > max_bytes:
            raise BodyUnusable(f"too large: more than {max_bytes} bytes")
        body.write(chunk)
    return body.getvalue()


async def read_pieces(response: ClientResponse, max_bytes: int, wanted: WantedFields) -> JsonObject:
    """Return the wanted fields of a JSON body, which is never in memory as a whole.

    The body is parsed while it arrives, in slices of a millisecond, between which the event loop
    gets turns. The caller sets the deadline.

    Raises:
        BodyUnusable: longer than `max_bytes`, compressed, or JSON that `JsonPieces` refuses.
    """
    _check_headers(response, max_bytes)
    pieces = JsonPieces(wanted, max_bytes)
    pauses = Pauses()
    try:
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            for start in range(0, len(chunk), MAX_SLICE_BYTES):
                pieces.feed(chunk[start : start + MAX_SLICE_BYTES])
                await pauses.take()
        return pieces.finish()
    except ProtocolError as error:
        raise BodyUnusable(f"not JSON that we can read: {error}") from error


def _check_headers(response: ClientResponse, max_bytes: int) -> None:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BodyUnusable("compressed although we asked for it plain")
    if (response.content_length or 0) > max_bytes:
        raise BodyUnusable(f"too large: more than {max_bytes} bytes")
