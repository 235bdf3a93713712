"""Events that were pushed to any of our processes, on their way to the one that follows rooms.

Where there is but one process they are followed at once. Where there are several, what changes a
room is stored before its sender has an answer, and the leader applies it, in order: whoever leads
next goes on with what is left. All else about an event is the business of the process that it came
to.
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
from countersign.service.processes.leadership import Leadership
from countersign.service.rooms.invitations import check_third_party_invite
from countersign.service.rooms.protected_rooms import REDACTION, Rooms

MOST_AT_ONCE: Final = 100
LOOK_SECONDS: Final = 0.25
"""Time between two looks for what other processes stored."""
RETRY_SECONDS: Final = 1.0

log = structlog.get_logger()


class ReceivedEvents:
    """Passes verified events on to where rooms are followed.

    Args:
        rooms: those that we know.
        store: keeps what waits for the leader.
        leadership: tells whether there are other processes.
        is_heard: tells of a room ID whether everything in it is heard, as in a management room.
        on_followed: told of each event, once it was followed.
    """

    def __init__(
        self,
        rooms: Rooms,
        store: ReceivedEventStore,
        leadership: Leadership,
        *,
        is_heard: Callable[[str], bool] = lambda _: False,
        on_followed: Sequence[Callable[[Pdu], None]] = (),
    ) -> None:
        self._rooms = rooms
        self._store = store
        self._leadership = leadership
        self._is_heard = is_heard
        self._on_followed = tuple(on_followed)
        self._something = asyncio.Event()

    async def take(self, pdu: Pdu, origin: str) -> None:
        """Follow an event, or have the leader follow it.

        Args:
            pdu: its signatures are right.
            origin: the authenticated server that pushed it.

        Raises:
            Forbidden, SignatureInvalid: it says nothing that we follow.
            StoreUnavailable: it must be sent again.
        """
        # A room that we are only about to join has its events held back here.
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
        """Follow what waits, for ever; for the leader."""
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
        """Follow the first few that wait; return True if there may be more.

        Raises:
            StoreUnavailable: what was not removed is followed once more, which changes nothing.
        """
        waiting = await self._store.waiting(MOST_AT_ONCE)
        done: list[int] = []
        try:
            for each in waiting:
                await self._apply(each.received)
                done.append(each.number)
                await asyncio.sleep(0)  # requests for signatures come in between
        finally:
            if done:
                await self._store.remove(done)
        return len(waiting) == MOST_AT_ONCE

    async def _apply(self, received: ReceivedEvent) -> None:
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
        except Exception:  # one odd event must not hold up all others
            log.exception("a received event could not be followed", event_id=received.event_id)

    async def _follow(self, pdu: Pdu) -> None:
        check_third_party_invite(pdu, self._rooms.get(pdu.room_id))
        await self._rooms.follow(pdu)
        for tell in self._on_followed:
            tell(pdu)
