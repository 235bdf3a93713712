"""Port: external checkers, programs that filters ask about events."""

from dataclasses import dataclass
from typing import Any, Protocol

from countersign.protocol.canonical_json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """A question to an external checker.

    Attributes:
        url: the public https address of a program; empty for a checker of the settings.
        checker: the name of a checker of the settings; empty for `url`.
        body: the JSON that is sent.
        timeout_ms: the time limit for the whole request.
        max_bytes: the maximum size of the answer.
    """

    url: str
    checker: str
    body: JsonObject
    timeout_ms: int
    max_bytes: int

    @property
    def program(self) -> str:
        """Name of the checker for logs; for `url`, the URL without its query."""
        return self.checker or self.url.partition("?")[0]


class Checkers(Protocol):
    """Asks external checkers that policies name."""

    async def ask(self, request: CheckRequest) -> Any:
        """Return the JSON value of an answer with status 200.

        Raises:
            PeerUnavailable: there is no such answer; the reason never holds the secret.
        """
        ...
