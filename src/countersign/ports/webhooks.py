"""Port: webhooks to programs of the operator."""

from collections.abc import Mapping
from typing import Protocol


class Webhooks(Protocol):
    """Posts small JSON documents to addresses from the settings."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post `body` as JSON; any answer of success will do, and nothing of it is read.

        Raises:
            PeerUnavailable: nobody is there, or whoever is did not take it.
        """
        ...
