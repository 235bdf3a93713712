"""Child processes that read one line of JSON and write lines of JSON."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Final

from countersign.ports.child_processes import ChildFailed
from countersign.protocol.canonical_json import JsonObject

MAX_LINE_BYTES: Final = 32 * 1024 * 1024


class JsonChild:
    """Implements `ports.child_processes.ChildProcess`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def read_output(self) -> AsyncIterator[JsonObject]:
        """Yield the lines that the process writes, parsed."""
        output = self._process.stdout
        assert output is not None
        try:
            async for line in output:
                value: JsonObject = json.loads(line)
                yield value
        except ValueError as error:
            await self.end()
            raise ChildFailed(f"The process told what is no JSON: {error}") from error
        status = await self._process.wait()
        if status != 0:
            raise ChildFailed(f"The process ended with status {status}.")

    async def end(self) -> None:
        """Kill the process, if it is still running."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


class JsonChildren:
    """Implements `ports.child_processes.ChildProcesses`.

    Args:
        command: the program and its arguments.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    async def start(self, request: JsonObject) -> JsonChild:
        """Start the process, and write the request to its input."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=MAX_LINE_BYTES,
            )
        except OSError as error:
            raise ChildFailed(f"No process can be started: {error.strerror}.") from error
        assert process.stdin is not None
        # If the process has ended already, reading shows that. uvloop raises for a closed pipe.
        with suppress(ConnectionError):
            if not process.stdin.is_closing():
                process.stdin.write(json.dumps(request).encode() + b"\n")
                await process.stdin.drain()
        process.stdin.close()
        return JsonChild(process)
