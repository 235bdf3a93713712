"""Port: external checkers, programs that are asked about events."""

from dataclasses import dataclass
from typing import Any, Protocol

from countersign.protocol.canonical_json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """A question to an external checker.

    Attributes:
        url: the public https address of a program; empty for a checker of the settings.
        checker: the name of a checker of the settings; empty for `url`.
        body: what is sent, as JSON.
        timeout_ms: how long the whole of it may take.
        max_bytes: how long the answer may be.
    """

    url: str
    checker: str
    body: JsonObject
    timeout_ms: int
    max_bytes: int

    @property
    def program(self) -> str:
        """Name of the program that is asked, for logs, or its URL without the query."""
        return self.checker or self.url.partition("?")[0]


class Checkers(Protocol):
    """Asks programs that policies name."""

    async def ask(self, request: CheckRequest) -> Any:
        """Return the JSON value of an answer with status 200.

        Raises:
            PeerUnavailable: there is no such answer; the reason never holds the secret.
        """
        ...
