"""What one server of a room says of the room's state now.

A server's view begins at the events that it would put its own next event behind, which only it can
know: were we to name the event to ask at, anyone could push us one that hangs on the room's past.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import MAX_LISTED, FederationClient
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import CountersignError, ProtocolError
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.identifiers import is_event_id, is_short_enough
from countersign.protocol.rooms.room_state import SINGLE_TYPES, StateKey, is_kept
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.identity import Identity
from countersign.service.keys.event_verification import MISLEADING_WHEN_EMPTY
from countersign.service.rooms.room_follower import Room
from countersign.service.slices import in_slices, is_list

MAX_TIPS: Final = 4
"""Into how many branches a room may be forked, in a server's eyes, for its view to be taken."""

LISTS_AT_ONCE: Final = 3
EVENTS_AT_ONCE: Final = 4
MAX_EVENTS_ASKED: Final = 200
MAX_MET: Final = 50_000
MAX_SHOWN_BYTES: Final = 3 * 1024 * 1024
"""How much each server may show us at once of what we do not have: some thousand members.

What is beyond is looked at the next time. Anybody in the room can make up as many events as they
like, and nothing of them is verified before the servers agree.
"""

MAX_SHOWN_SINGLE_BYTES: Final = 1024 * 1024
"""The same of the few pieces of state that a room has once: the rest does not crowd them out."""

MAX_DIFFERING: Final = 20_000
"""In how many events the branches that a server sees may differ."""

_FEW: Final = 10
_EVENTS_PER_TURN: Final = 500


class NotResident(CountersignError):
    """The server says that our user is not in the room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A room's state as a server says it is now.

    Attributes:
        server: who says so.
        standing: the IDs of the events that are the room's state.
        disputed: the pieces of state on which the server's own branches differ.
        tip: one of the room's latest events there.
    """

    server: str
    standing: frozenset[str]
    disputed: frozenset[StateKey]
    tip: str


class Catalogue:
    """What piece of a room's state each event is that servers name; and the events themselves.

    Of versions 3 and later an event's ID is its hash, so it does not matter who showed us an event.

    Attributes:
        ours: the events that stand in our own eyes, by piece of state.
        pdus: the events that servers showed us and that we do not have; not yet verified.
        is_cut_short: a server showed more than is looked at at once.
    """

    def __init__(self, room: Room, met: set[int]) -> None:
        self.room = room
        self.is_cut_short = False
        self.ours: dict[StateKey, str] = {}
        self.pdus: dict[str, Pdu] = {}
        self._keys: dict[str, StateKey] = {}
        self._met = met
        self._shown_bytes: Counter[tuple[str, bool]] = Counter()

    @classmethod
    async def of(cls, room: Room, met: set[int]) -> "Catalogue":
        """Return a catalogue of what we have.

        Args:
            room: the room.
            met: hashes of event IDs that are none of our business; more are added.
        """
        catalogue = cls(room, met)
        for count, event in enumerate(list(room.state.events())):
            if count % _EVENTS_PER_TURN == 0:
                await asyncio.sleep(0)
            key = event.type, event.state_key
            catalogue.ours[key] = event.event_id
            catalogue._keys[event.event_id] = key
        return catalogue

    def key_of(self, event_id: str) -> StateKey | None:
        """Return which piece of state the event is; None if we keep no such piece."""
        return self._keys.get(event_id)

    def knows(self, event_id: str) -> bool:
        """Tell whether we know what the event is."""
        return event_id in self._keys or hash(event_id) in self._met

    def pass_over(self, event_ids: Iterable[str]) -> None:
        """Note that these events are of no use to us, so that nobody is asked for them again."""
        for event_id in event_ids:
            if len(self._met) < MAX_MET:
                self._met.add(hash(event_id))

    def add(self, server: str, event: Any, event_id: str | None = None) -> None:
        """Take up an event that a server showed us; what is no event of the room is left out.

        Args:
            server: who shows it.
            event: the event.
            event_id: the one that was asked for, if it was one.
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
            self.pass_over([pdu.event_id])
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
        """Tell at a glance whether this is one of the many events that stand in our eyes too."""
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
        """Tell whether we have seen of the event what we need to believe it."""
        pdu = self.pdus.get(event_id)
        return pdu is None or pdu.has_intact_content or pdu.type not in MISLEADING_WHEN_EMPTY


class ResidentViews:
    """Asks servers of a room for their views."""

    def __init__(self, identity: Identity, *, federation: FederationClient) -> None:
        self._identity = identity
        self._federation = federation
        # Answers may be as large as those who give them please: only so many are held at once.
        self._places = asyncio.Semaphore(LISTS_AT_ONCE)
        self._large_place = asyncio.Semaphore(1)

    async def ask(self, server: str, catalogue: Catalogue) -> View:
        """Return what `server` says of the room's state now.

        Args:
            server: one that is in the room.
            catalogue: what the room's events are; it learns of those that the server names.

        Raises:
            NotResident: it says that our user is not in the room.
            PeerRefused, PeerUnavailable, AnswerUntrustworthy: it says nothing of use.
        """
        room_id = catalogue.room.room_id
        try:
            template = await self._federation.make_leave(server, room_id, self._identity.user_id)
        except PeerRefused as error:
            if error.errcode == "M_FORBIDDEN":
                raise NotResident(f"{server} says: {error.error}") from error
            raise
        first, *others = _tips(template, catalogue)
        standing = await self._state_after(server, first, catalogue)
        elsewhere: set[str] = set()
        for tip in others:
            state = await self._state_after(server, tip, catalogue)
            elsewhere |= state ^ standing
            standing &= state
            if len(elsewhere) > MAX_DIFFERING:
                raise AnswerUntrustworthy("the branches of the room differ there in too much")
        disputed = {key for event_id in elsewhere if (key := catalogue.key_of(event_id))}
        return View(server=server, standing=standing, disputed=frozenset(disputed), tip=first)

    async def redacted_rules(self, view: View, room: Room) -> frozenset[str]:
        """Return the events of policy rules that stand in our eyes and are redacted in a server's.

        A redacted event keeps its ID, so only the whole state shows that it was.

        Raises:
            PeerRefused, PeerUnavailable, AnswerUntrustworthy: it says nothing of use.
        """
        catalogue = Catalogue(room, set())
        found: set[str] = set()
        async with self._large_place:
            answer = await self._federation.state(view.server, room.room_id, view.tip)
            async for event in in_slices(_listed_events(answer), forgetting=True):
                if not catalogue.seems_ours(event) or event.get("content") != {}:
                    continue
                try:
                    pdu = parse_pdu(event, room.rules)
                except ProtocolError:
                    continue
                rule = room.state.find_rule(pdu.event_id)
                if rule is not None and not pdu.has_intact_content:
                    found.add(pdu.event_id)
        return frozenset(found)

    async def _state_after(self, server: str, tip: str, catalogue: Catalogue) -> frozenset[str]:
        async with self._places:
            answer = await self._federation.state_ids(server, catalogue.room.room_id, tip)
            before = await _listed_ids(answer)
        await self._learn(server, tip, before, catalogue)
        changed = catalogue.key_of(tip)
        if changed is None:
            return before
        return frozenset(i for i in before if catalogue.key_of(i) != changed) | {tip}

    async def _learn(
        self, server: str, tip: str, before: Collection[str], catalogue: Catalogue
    ) -> None:
        if not catalogue.knows(tip):
            await self._show(server, tip, catalogue)
        unknown = [event_id for event_id in before if not catalogue.knows(event_id)]
        if len(unknown) <= min(MAX_EVENTS_ASKED, _FEW + len(before) // 100):
            await self._show_each(server, unknown, catalogue)
            # Events from before our time may be shown to us redacted; as state they are whole.
            if all(catalogue.is_usable(event_id) for event_id in unknown):
                return
        async with self._large_place:
            answer = await self._federation.state(server, catalogue.room.room_id, tip)
            async for event in in_slices(_listed_events(answer), forgetting=True):
                if not catalogue.seems_ours(event):
                    await asyncio.sleep(0)
                    catalogue.add(server, event)

    async def _show_each(self, server: str, event_ids: Iterable[str], catalogue: Catalogue) -> None:
        remaining = iter(event_ids)
        failures: list[PeerUnavailable] = []

        async def show_in_turn() -> None:
            for event_id in remaining:
                try:
                    await self._show(server, event_id, catalogue)
                except PeerUnavailable as error:
                    failures.append(error)
                if failures:
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(EVENTS_AT_ONCE):
                group.create_task(show_in_turn())
        if failures:
            raise failures[0]

    async def _show(self, server: str, event_id: str, catalogue: Catalogue) -> None:
        try:
            answer = await self._federation.event(server, event_id)
        except PeerRefused:
            return  # it names an event that it does not show: as good as not named
        pdus = answer.get("pdus")
        if isinstance(pdus, list) and len(pdus) == 1:
            catalogue.add(server, pdus[0], event_id)


def _tips(template: JsonObject, catalogue: Catalogue) -> list[str]:
    """Return the events that the server's template would follow upon."""
    event = template.get("event")
    found = event.get("prev_events") if isinstance(event, dict) else None
    if not isinstance(found, list) or not found:
        raise AnswerUntrustworthy("its template names no latest events")
    if len(found) > MAX_TIPS:
        raise AnswerUntrustworthy(f"the room is forked there, {len(found)} branches wide")
    if catalogue.room.rules.sender_chooses_event_id:
        found = [pair[0] if isinstance(pair, list) and pair else pair for pair in found]
    if not all(isinstance(event_id, str) and is_event_id(event_id) for event_id in found):
        raise AnswerUntrustworthy("its template's prev_events are no event IDs")
    return found


def _listed_events(answer: JsonObject) -> Sequence[Any]:
    pdus = answer.get("pdus")
    if not is_list(pdus) or len(pdus) > MAX_LISTED:
        raise AnswerUntrustworthy("its state is not a list of events")
    return pdus


async def _listed_ids(answer: JsonObject) -> frozenset[str]:
    found = answer.get("pdu_ids")
    if not is_list(found) or len(found) > MAX_LISTED:
        raise AnswerUntrustworthy(f"its state is not a list of at most {MAX_LISTED:,} IDs")
    event_ids: set[str] = set()
    async for event_id in in_slices(found, forgetting=True):
        if not isinstance(event_id, str) or not is_short_enough(event_id) or event_id in event_ids:
            raise AnswerUntrustworthy("its state holds something else than event IDs, or one twice")
        event_ids.add(event_id)
    return frozenset(event_ids)
