"""Metrics of all workers of a server, added up on one page.

Each worker serves its page to the others at a Unix socket, in a folder that only their user can
open. The worker that is asked for metrics reads all pages.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from countersign.adapters.metrics import CONTENT_TYPE, added_up
from countersign.ports.event_loop.busy_threads import in_thread

READ_SECONDS: Final = 1.0
"""Time limit for another worker's page; after it the sums lack its numbers."""
MAX_PAGE_BYTES: Final = 4 * 1024 * 1024


class WorkerPages:
    """Implements `ports.metrics.MetricsPage` for all workers together.

    Args:
        render: returns the metrics of this worker.
        folder: the folder of the workers' sockets.
        number: the number of this worker, from 0.
        workers: the number of workers.
    """

    def __init__(
        self, render: Callable[[], Awaitable[bytes]], folder: Path, *, number: int, workers: int
    ) -> None:
        self._render = render
        self._folder = folder
        self._number = number
        self._workers = workers

    @property
    def content_type(self) -> str:
        """The media type of `collect`'s result."""
        return CONTENT_TYPE

    async def collect(self) -> bytes:
        """Return the sums over all workers as they are now."""
        other_workers = (number for number in range(self._workers) if number != self._number)
        pages = await asyncio.gather(*map(self._read, other_workers))
        return await in_thread(added_up, [await self._render(), *pages])

    async def show(self) -> None:
        """Serve this worker's page to the other workers until cancelled."""
        path = self._folder / str(self._number)
        path.unlink(missing_ok=True)  # left by an earlier worker with this number
        server = await asyncio.start_unix_server(self._answer, path)
        async with server:
            await server.serve_forever()

    async def _answer(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            writer.write(await self._render())
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    async def _read(self, number: int) -> bytes:
        try:
            async with asyncio.timeout(READ_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._folder / str(number))
                try:
                    page = await reader.read(MAX_PAGE_BYTES)
                    while part := await reader.read(MAX_PAGE_BYTES):
                        page += part
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return b""  # that worker has just ended and will be replaced
        return page
