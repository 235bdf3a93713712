"""Posting of JSON to addresses in settings and policies, through guarded sockets."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from countersign.adapters.federation.bodies import BodyUnusable
from countersign.adapters.federation.reasons import reason_of, trouble_of
from countersign.ports.errors import PeerUnavailable


@asynccontextmanager
async def posted(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Post a JSON document and yield the response, whatever its status; then close the connection.

    Redirects are not followed: the document is meant for this address only.

    Args:
        session: a guarded session.
        url: the address.
        body: the document.
        headers: sent besides the content type.
        seconds: time limit, including the processing of the response.

    Raises:
        PeerUnavailable: the address is unreachable, or the response is malformed or too slow.
    """
    try:
        async with (
            asyncio.timeout(seconds),
            session.post(
                url,
                data=body,
                headers={"Content-Type": "application/json", **headers},
                allow_redirects=False,
            ) as response,
        ):
            yield response
    except (aiohttp.ClientError, OSError, BodyUnusable) as error:
        raise PeerUnavailable(reason_of(error), trouble_of(error)) from error
