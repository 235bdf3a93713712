"""Later verification of state whose keys were missing when we joined, repeated until it succeeds.

The events are kept in the store, not in memory, so this continues after a restart.
"""

import asyncio
from functools import partial
from typing import Final

import structlog

from countersign.basics.backoff import Backoff
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.rooms import RoomStore
from countersign.protocol.errors import ProtocolError
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.service.background import Work
from countersign.service.handshakes.joined_state import verify_events
from countersign.service.keys.key_ring import KeyRing
from countersign.service.processes.leadership import Leadership
from countersign.service.rooms.room import Room
from countersign.service.rooms.room_follower import RoomFollower

BACKOFF: Final = Backoff(first=60, factor=4, longest=21_600)
"""Delays before servers whose keys were missing are asked again."""

log = structlog.get_logger()


class LateVerification:
    """Fetches missing keys again, for as long as we are in the room."""

    def __init__(
        self,
        *,
        store: RoomStore,
        key_ring: KeyRing,
        follower: RoomFollower,
        leadership: Leadership,
    ) -> None:
        self._store = store
        self._key_ring = key_ring
        self._follower = follower
        self._leadership = leadership

    def start(self, room: Room) -> None:
        """Start, or continue after a restart, with the events that the store keeps for the room."""
        self._leadership.run_until_done(
            Work.LATE_VERIFICATION,
            partial(self._verify, room),
            f"{room.room_id}, joined at {room.joined_ts}",
        )

    async def _verify(self, room: Room) -> None:
        for pause_seconds in BACKOFF.waits():
            await asyncio.sleep(pause_seconds)
            if not room.is_joined or room.is_replaced:
                return
            try:
                if not await self._try_again(room):
                    return
            except StoreUnavailable as error:
                log.warning("late state is not stored", room_id=room.room_id, reason=str(error))

    async def _try_again(self, room: Room) -> bool:
        """Verify what can be verified now; return True if something is left."""
        unverified = _parsed(await self._store.load_unverified(room.room_id), room)
        late = await verify_events(unverified, self._key_ring, lambda _: None)
        if not room.is_joined or room.is_replaced:
            return False
        await self._follower.add_verified(room, late)
        unverified_ids = {pdu.event_id for pdu in late.unverified}
        await self._store.forget_unverified(
            room.room_id, [pdu.event_id for pdu in unverified if pdu.event_id not in unverified_ids]
        )
        return bool(unverified_ids)


def _parsed(events: list[dict[str, object]], room: Room) -> list[Pdu]:
    pdus = []
    for event in events:
        try:
            pdus.append(parse_pdu(event, room.rules))
        except ProtocolError:  # written by another release with other checks
            continue
    return pdus
