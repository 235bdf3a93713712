"""The port to work that is done in a process of its own, so that it holds up nothing here."""

from collections.abc import AsyncIterator
from typing import Protocol

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import CountersignError


class ChildFailed(CountersignError):
    """The process ended before its work was done; says what is known of it."""


class ChildProcess(Protocol):
    """A process that tells JSON objects as it goes on, and ends by itself."""

    def told(self) -> AsyncIterator[JsonObject]:
        """Yield what it tells, until it has ended.

        Raises:
            ChildFailed: it ended with an error.
        """
        ...

    async def end(self) -> None:
        """End it now, if it runs still, and wait until it has ended."""
        ...


class ChildProcesses(Protocol):
    """Starts processes for one kind of work."""

    async def start(self, request: JsonObject) -> ChildProcess:
        """Start a process with a request.

        Raises:
            ChildFailed: it cannot be started.
        """
        ...
