"""Events that our user hears in rooms, handled one after another in the background."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from countersign.ports.errors import StoreUnavailable
from countersign.protocol.events.pdu import Pdu

MAX_WAITING: Final = 100
"""Events that wait to be handled; further ones are dropped."""

log = structlog.get_logger()


class HeardEvents:
    """Queue of heard events.

    Args:
        handle: handles one event.
        place: the kind of room, for the log: "a direct chat".
    """

    def __init__(self, handle: Callable[[Pdu], Awaitable[None]], place: str) -> None:
        self._handle = handle
        self._place = place
        self._waiting: deque[Pdu] = deque()
        self._something = asyncio.Event()

    def add(self, pdu: Pdu) -> None:
        """Queue an event, unless `MAX_WAITING` wait."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(pdu)
            self._something.set()

    async def run(self) -> None:
        """Handle events as they are added, for ever; one that fails is logged and dropped."""
        while True:
            await self._something.wait()
            self._something.clear()
            while self._waiting:
                pdu = self._waiting.popleft()
                try:
                    await self._handle(pdu)
                except StoreUnavailable as error:
                    log.warning(
                        "a heard event was not handled", place=self._place, reason=str(error)
                    )
                except Exception:  # one odd event must not make our user deaf
                    log.exception("a heard event was not handled", place=self._place)
