"""Handling of signals while a server's event loop runs."""

import asyncio
import signal
from collections.abc import Callable

from countersign.bootstrap.signals.early import STOPPING, unblock_reloads


class ServerSignals:
    """SIGTERM, SIGINT and SIGHUP, from before the process opens anything.

    One that ends the process cancels its start, which may take a minute; later it is waited for.
    One that asks for a reload before anybody can do it is done as soon as somebody can.

    Args:
        alive: a file descriptor by whose end the process knows that its supervisor is gone; None
            without supervisor.
    """

    def __init__(self, alive: int | None) -> None:
        self._starting = asyncio.current_task()
        self._stop = asyncio.Event()
        self._reload: Callable[[], None] | None = None
        self._is_reload_due = False
        loop = asyncio.get_running_loop()
        for number in STOPPING:
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, self._on_hangup)
        unblock_reloads()
        if alive is not None:
            # A worker without its supervisor would be in the way of the next one.
            loop.add_reader(alive, self._end)

    @property
    def is_stop_wanted(self) -> bool:
        """True if the process is to end."""
        return self._stop.is_set()

    def on_reload(self, reload: Callable[[], None]) -> None:
        """Call `reload` at each SIGHUP; at once if one came before."""
        self._reload = reload
        if self._is_reload_due:
            reload()

    async def wait_for_stop(self) -> None:
        """Wait for SIGTERM, SIGINT or the end of the supervisor, which cancel nothing any more."""
        self._starting = None
        await self._stop.wait()

    def _end(self) -> None:
        self._stop.set()
        if self._starting is not None:
            self._starting.cancel()
            self._starting = None  # its clean-up is not to be cancelled by a second one

    def _on_hangup(self) -> None:
        if self._reload is None:
            self._is_reload_due = True
        else:
            self._reload()
