"""Passing of pushed events from any process to the one that follows rooms, the leader.

With a single process they are applied at once. With several, an event that changes a room is stored
before its sender gets an answer, and the leader applies it, in order; a new leader continues with
what is left. Everything else about an event is done by the process that received it.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog

from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.received_events import ReceivedEvent, ReceivedEventStore
from countersign.protocol.errors import CountersignError
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.rooms.room_state import is_kept
from countersign.service.processes.change_feed import CatchUp, nothing_to_catch_up
from countersign.service.processes.leadership import Leadership
from countersign.service.rooms.invitations import check_third_party_invite
from countersign.service.rooms.protected_rooms import REDACTION, Rooms

MOST_AT_ONCE: Final = 100
LOOK_SECONDS: Final = 0.25
"""Interval between reads of events that other processes stored."""
RETRY_SECONDS: Final = 1.0

log = structlog.get_logger()


class ReceivedEvents:
    """Applies verified events, or stores them for the leader.

    Args:
        rooms: the rooms that we know.
        store: keeps events for the leader.
        leadership: knows whether there are other processes.
        is_heard: returns True for the ID of a room whose messages are processed, too, such as a
            management room.
        on_followed: called with each event after it was applied.
        catch_up: reads what other processes changed.
    """

    def __init__(
        self,
        rooms: Rooms,
        store: ReceivedEventStore,
        leadership: Leadership,
        *,
        is_heard: Callable[[str], bool] = lambda _: False,
        on_followed: Sequence[Callable[[Pdu], None]] = (),
        catch_up: CatchUp = nothing_to_catch_up,
    ) -> None:
        self._rooms = rooms
        self._store = store
        self._leadership = leadership
        self._is_heard = is_heard
        self._on_followed = tuple(on_followed)
        self._catch_up = catch_up
        self._something = asyncio.Event()

    async def receive(self, pdu: Pdu, origin: str) -> None:
        """Apply an event, or store it for the leader.

        Args:
            pdu: an event with verified signatures.
            origin: the authenticated server that pushed it.

        Raises:
            Forbidden, SignatureInvalid: it may not be applied.
            StoreUnavailable: it must be sent again.
        """
        # Events of a room that this process is joining are held back in this process.
        if self._leadership.is_alone or self._rooms.get(pdu.room_id) is None:
            await self._follow(pdu)
        elif is_kept(pdu) or pdu.type == REDACTION or self._is_heard(pdu.room_id):
            await self._store.add(
                ReceivedEvent(
                    room_id=pdu.room_id,
                    event_id=pdu.event_id,
                    sender=pdu.sender,
                    origin=origin,
                    event=pdu.json,
                )
            )
            self._something.set()

    async def run(self) -> None:
        """Apply stored events, until cancelled; for the leader."""
        while True:
            self._something.clear()
            try:
                is_more = await self._follow_some()
            except StoreUnavailable as error:
                log.warning("received events are not followed yet", reason=str(error))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not is_more:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._something.wait()

    async def _follow_some(self) -> bool:
        """Apply the first few stored events; return True if there may be more.

        Raises:
            StoreUnavailable: events that were not removed are applied again, without effect.
        """
        waiting = await self._store.waiting(MOST_AT_ONCE)
        applying: list[asyncio.Task[None]] = []
        try:
            for each in waiting:
                # Each is applied to memory before the next; the changes are stored together.
                applying.append(asyncio.create_task(self._apply(each.received)))
                await asyncio.sleep(0)  # requests for signatures come in between
            await asyncio.gather(*applying, return_exceptions=True)
        finally:
            for task in applying:
                task.cancel()
            pairs = zip(waiting, applying, strict=False)
            if applied := [each.number for each, task in pairs if _is_applied(task)]:
                await self._store.remove(applied)
        for task in applying:
            task.result()
        return len(waiting) == MOST_AT_ONCE

    async def _apply(self, received: ReceivedEvent) -> None:
        rules = self._rooms.find_rules(received.room_id)
        if rules is None:  # the process that received it may have joined the room just now
            await self._catch_up()
            rules = self._rooms.find_rules(received.room_id)
        if rules is None:
            return  # we left it meanwhile
        try:
            await self._follow(parse_pdu(received.event, rules))
        except StoreUnavailable:
            raise
        except CountersignError as error:
            log.info(
                "a received event was not followed",
                room_id=received.room_id,
                event_id=received.event_id,
                reason=str(error),
            )
        except Exception:  # an unexpected error with one event must not stop the others
            log.exception("a received event could not be followed", event_id=received.event_id)

    async def _follow(self, pdu: Pdu) -> None:
        check_third_party_invite(pdu, self._rooms.get(pdu.room_id))
        await self._rooms.follow(pdu)
        for observe in self._on_followed:
            observe(pdu)


def _is_applied(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
