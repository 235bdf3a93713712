"""Posting JSON to addresses that settings and policies name, through the guarded sockets."""

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

    Redirects are not followed: a document meant for one address is for nobody else.

    Args:
        session: a guarded session.
        url: where to.
        body: the document.
        headers: sent beside its content type.
        seconds: how long all may take, what is done with the response included.

    Raises:
        PeerUnavailable: nobody is there, or what comes is no HTTP, too slow or unusable.
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
