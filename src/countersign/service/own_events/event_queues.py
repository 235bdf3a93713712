"""Queues of events that our user handles in many rooms: in order within a room, rooms independent.

Answering in a room needs requests to its servers, some of which are slow.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from countersign.ports.errors import StoreUnavailable
from countersign.protocol.events.pdu import Pdu

MAX_ROOMS: Final = 200
"""Maximum number of rooms with waiting events; events of further rooms are dropped."""
HANDLE_SECONDS: Final = 120.0
"""Time limit for handling an event."""

log = structlog.get_logger()


class EventQueues:
    """Queues of events, one for each room.

    Args:
        handle: handles one event.
        place: the kind of room, for the log: "a direct chat".
        max_waiting: maximum number of waiting events of one room; further ones are dropped.
    """

    def __init__(
        self, handle: Callable[[Pdu], Awaitable[None]], place: str, *, max_waiting: int
    ) -> None:
        self._handle = handle
        self._place = place
        self._max_waiting = max_waiting
        self._waiting: dict[str, deque[Pdu]] = {}
        self._under_way: set[str] = set()
        self._something = asyncio.Event()

    def add(self, pdu: Pdu) -> None:
        """Queue an event, unless too many wait."""
        queue = self._waiting.get(pdu.room_id)
        if queue is None:
            if len(self._waiting) >= MAX_ROOMS:
                return
            queue = self._waiting[pdu.room_id] = deque()
        if len(queue) < self._max_waiting:
            queue.append(pdu)
            self._something.set()

    async def run(self) -> None:
        """Handle added events until cancelled; one that fails is logged and dropped."""
        self._under_way.clear()  # tasks of a former run were cancelled
        self._something.set()
        async with asyncio.TaskGroup() as group:
            while True:
                await self._something.wait()
                self._something.clear()
                for room_id in self._waiting.keys() - self._under_way:
                    self._under_way.add(room_id)
                    group.create_task(self._handle_room(room_id))

    async def _handle_room(self, room_id: str) -> None:
        queue = self._waiting[room_id]
        while queue:
            await self._handle_one(queue.popleft())
        self._under_way.discard(room_id)
        del self._waiting[room_id]

    async def _handle_one(self, pdu: Pdu) -> None:
        try:
            async with asyncio.timeout(HANDLE_SECONDS):
                await self._handle(pdu)
        except (StoreUnavailable, TimeoutError) as error:
            reason = str(error) or f"it took more than {HANDLE_SECONDS:.0f} seconds"
            log.warning("an event was not handled", place=self._place, reason=reason)
        except Exception:  # an unexpected error with one event must not affect others
            log.exception("an event was not handled", place=self._place)
