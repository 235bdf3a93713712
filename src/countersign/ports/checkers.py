"""The port through which programs outside are asked about events."""

from dataclasses import dataclass
from typing import Any, Protocol

from countersign.protocol.canonical_json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """What is asked of whom.

    Attributes:
        url: where, checked by `policy.checkers`.
        body: what is sent, as JSON.
        token_file: what file holds the secret to send; empty for none.
        timeout_ms: how long the whole of it may take.
        max_bytes: how long the answer may be.
    """

    url: str
    body: JsonObject
    token_file: str
    timeout_ms: int
    max_bytes: int


class Checkers(Protocol):
    """Asks programs at addresses that policies name."""

    async def ask(self, request: CheckRequest) -> Any:
        """Return the JSON that was answered with status 200, whatever it is.

        Raises:
            PeerUnavailable: there is no such answer; the reason never holds the secret.
        """
        ...
