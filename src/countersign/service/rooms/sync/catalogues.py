"""Catalogue of a room's state events, collected from the answers of its servers."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from countersign.protocol.errors import ProtocolError
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.rooms.room_state import SINGLE_TYPES, StateKey, is_kept
from countersign.service.keys.event_verification import MISLEADING_WHEN_EMPTY
from countersign.service.rooms.room import Room

MAX_MET: Final = 50_000
MAX_SHOWN_BYTES: Final = 3 * 1024 * 1024
"""Maximum size of new events that one server may send in one check: some thousand members.

The rest is read at the next check. Anybody in the room can create any number of events, and none is
verified before servers agree on it.
"""

MAX_SHOWN_SINGLE_BYTES: Final = 1024 * 1024
"""A separate limit for state that a room has only once, which members cannot use up."""

_EVENTS_PER_TURN: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A room's present state, as one server reports it.

    Attributes:
        server: the server.
        standing: the IDs of the events in the room's state.
        disputed: the pieces of state on which branches of the server's graph differ.
        tip: one of the room's latest events there.
    """

    server: str
    standing: AbstractSet[str]
    disputed: frozenset[StateKey]
    tip: str


class Catalogue:
    """Events that servers name, each with its piece of the room's state.

    From room version 3 on an event's ID is its hash, so it does not matter which server sent it.

    Attributes:
        ours: the events in our own state, by piece of state.
        pdus: events that servers sent and that we do not have; not yet verified.
        is_cut_short: a server sent more than the limit for one check.
    """

    def __init__(self, room: Room, met: set[int]) -> None:
        self.room = room
        self.is_cut_short = False
        self.own_state: dict[StateKey, str] = {}
        self.pdus: dict[str, Pdu] = {}
        self._keys: dict[str, StateKey] = {}
        self._met = met
        self._shown_bytes: Counter[tuple[str, bool]] = Counter()

    @classmethod
    async def of(cls, room: Room, met: set[int]) -> "Catalogue":
        """Return a catalogue with our own state.

        Args:
            room: the room.
            met: hashes of IDs of irrelevant events; more are added.
        """
        catalogue = cls(room, met)
        for count, event in enumerate(list(room.state.events())):
            if count % _EVENTS_PER_TURN == 0:
                await asyncio.sleep(0)
            key = event.type, event.state_key
            catalogue.own_state[key] = event.event_id
            catalogue._keys[event.event_id] = key
        return catalogue

    def key_of(self, event_id: str) -> StateKey | None:
        """Return an event's piece of state; None if its type is not kept."""
        return self._keys.get(event_id)

    def has_seen(self, event_id: str) -> bool:
        """Return True if the event was seen before."""
        return event_id in self._keys or hash(event_id) in self._met

    def mark_irrelevant(self, event_ids: Iterable[str]) -> None:
        """Record that these events are irrelevant, so that no server is asked for them again."""
        for event_id in event_ids:
            if len(self._met) < MAX_MET:
                self._met.add(hash(event_id))

    def add(self, server: str, event: Any, event_id: str | None = None) -> None:
        """Add an event that a server sent; events of other rooms are left out.

        Args:
            server: the server.
            event: the event.
            event_id: the ID that was asked for; None if the event is from a list.
        """
        try:
            pdu = parse_pdu(event, self.room.rules) if isinstance(event, dict) else None
        except ProtocolError:
            pdu = None
        if pdu is None or pdu.room_id != self.room.room_id:
            return
        if event_id is not None and pdu.event_id != event_id:
            return
        if not is_kept(pdu):
            self.mark_irrelevant([pdu.event_id])
        elif pdu.event_id not in self._keys:
            if self._has_room_for(pdu, server):
                self._keys[pdu.event_id] = pdu.type, pdu.state_key or ""
                self.pdus[pdu.event_id] = pdu
        elif (
            pdu.event_id in self.pdus
            and pdu.has_intact_content
            and not self.pdus[pdu.event_id].has_intact_content
            and self._has_room_for(pdu, server)
        ):
            self.pdus[pdu.event_id] = pdu

    def _has_room_for(self, pdu: Pdu, server: str) -> bool:
        is_single = pdu.type in SINGLE_TYPES
        limit = MAX_SHOWN_SINGLE_BYTES if is_single else MAX_SHOWN_BYTES
        shown_bytes = self._shown_bytes[server, is_single] + pdu.size_bytes
        if shown_bytes > limit:
            self.is_cut_short = True
            return False
        self._shown_bytes[server, is_single] = shown_bytes
        return True

    def seems_ours(self, event: Any) -> bool:
        """Return True if this is an event of our own state, as most are."""
        if not isinstance(event, dict):
            return False
        event_type, state_key = event.get("type"), event.get("state_key")
        if not isinstance(event_type, str) or not isinstance(state_key, str):
            return False
        standing = self.room.state.find(event_type, state_key)
        return standing is not None and (
            (standing.sender, standing.depth, standing.origin_server_ts)
            == (event.get("sender"), event.get("depth"), event.get("origin_server_ts"))
        )

    def is_usable(self, event_id: str) -> bool:
        """Return False if a server sent only a redacted copy that would have another meaning."""
        pdu = self.pdus.get(event_id)
        return pdu is None or pdu.has_intact_content or pdu.type not in MISLEADING_WHEN_EMPTY
