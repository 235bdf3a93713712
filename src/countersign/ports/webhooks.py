"""Port: webhooks to programs of the operator."""

from collections.abc import Mapping
from typing import Protocol


class Webhooks(Protocol):
    """Posts small JSON documents to addresses from the settings."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post `body` as JSON; any status of success will do, and the answer's body is not read.

        Raises:
            PeerUnavailable: the address does not answer, or refuses the request.
        """
        ...
