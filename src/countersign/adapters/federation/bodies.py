"""Reading the body of an answer without trusting it to end."""

from io import BytesIO

from aiohttp import ClientResponse

_CHUNK_BYTES = 65_536


class BodyUnusable(Exception):
    """The body is longer than allowed, or encoded in a way that we did not ask for."""


async def read_body(response: ClientResponse, max_bytes: int) -> bytes:
    """Return the body of `response`; the caller sets the deadline.

    Raises:
        BodyUnusable: longer than `max_bytes`, or compressed although we asked for `identity`.
    """
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BodyUnusable("compressed although we asked for it plain")
    if (response.content_length or 0) > max_bytes:
        raise BodyUnusable(f"too large: more than {max_bytes} bytes")
    # A bytearray would have to be copied at the end: twice the memory, for a large room's state.
    body = BytesIO()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        if body.tell() + len(chunk) > max_bytes:
            raise BodyUnusable(f"too large: more than {max_bytes} bytes")
        body.write(chunk)
    return body.getvalue()
