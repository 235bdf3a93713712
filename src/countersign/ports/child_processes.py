"""Port: long work in a child process, which does not delay the event loop."""

from collections.abc import AsyncIterator
from typing import Protocol

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import CountersignError


class ChildFailed(CountersignError):
    """The process ended before its work was done; the message says why."""


class ChildProcess(Protocol):
    """A process that writes JSON objects while it works, and then exits."""

    def read_output(self) -> AsyncIterator[JsonObject]:
        """Yield the JSON objects that it writes until it has exited.

        Raises:
            ChildFailed: it ended with an error.
        """
        ...

    async def end(self) -> None:
        """Kill the process if it is running, and wait until it has ended."""
        ...


class ChildProcesses(Protocol):
    """Starts processes for one kind of work."""

    async def start(self, request: JsonObject) -> ChildProcess:
        """Start a process with a request.

        Raises:
            ChildFailed: it cannot be started.
        """
        ...
