"""Requests for a room's present state to one of its servers.

The state is asked for at the server's own forward extremities. If we chose the event ourselves,
anybody could push us one that refers to the room's past.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import MAX_LISTED, FederationClient
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import CountersignError, ProtocolError
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.identifiers import is_event_id, is_short_enough
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.identity import Identity
from countersign.service.rooms.room import Room
from countersign.service.rooms.sync.catalogues import Catalogue, View
from countersign.service.slices import filtered, in_slices, is_list

MAX_TIPS: Final = 4
"""Maximum number of branches of a server's graph with which its view is accepted."""

LISTS_AT_ONCE: Final = 3
EVENTS_AT_ONCE: Final = 4
MAX_EVENTS_ASKED: Final = 200


MAX_DIFFERING: Final = 20_000
"""Maximum number of events in which these branches may differ."""

_FEW: Final = 10


class NotResident(CountersignError):
    """The server says that our user is not in the room."""


class ResidentViews:
    """Asks servers of a room for their views."""

    def __init__(self, identity: Identity, *, federation: FederationClient) -> None:
        self._identity = identity
        self._federation = federation
        # Answers may be very large, so the number of concurrent requests is limited.
        self._slots = asyncio.Semaphore(LISTS_AT_ONCE)
        self._large_place = asyncio.Semaphore(1)

    async def ask(self, server: str, catalogue: Catalogue) -> View:
        """Ask `server` for the room's present state.

        Args:
            server: a server in the room.
            catalogue: the known events; those that the server names are added.

        Raises:
            NotResident: the server says that our user is not in the room.
            PeerRefused, PeerUnavailable, AnswerUntrustworthy: there is no usable answer.
        """
        room_id = catalogue.room.room_id
        try:
            template = await self._federation.make_leave(server, room_id, self._identity.user_id)
        except PeerRefused as error:
            if error.errcode == "M_FORBIDDEN":
                raise NotResident(f"{server} says: {error.error}") from error
            raise
        first_tip, *other_tips = _tips(template, catalogue)
        standing = await self._state_after(server, first_tip, catalogue)
        elsewhere: set[str] = set()
        for tip in other_tips:
            state = await self._state_after(server, tip, catalogue)
            elsewhere.update(await filtered(state, _not_in(standing)))
            elsewhere.update(await filtered(standing, _not_in(state)))
            standing = set(await filtered(standing, state.__contains__))
            if len(elsewhere) > MAX_DIFFERING:
                raise AnswerUntrustworthy("the branches of the room differ there in too much")
        disputed = {key for event_id in elsewhere if (key := catalogue.key_of(event_id))}
        return View(server=server, standing=standing, disputed=frozenset(disputed), tip=first_tip)

    async def redacted_rules(self, view: View, room: Room) -> frozenset[str]:
        """Return the IDs of policy rules in our state that are redacted in a server's state.

        A redacted event keeps its ID, so this needs the whole state and not only event IDs.

        Raises:
            PeerRefused, PeerUnavailable, AnswerUntrustworthy: there is no usable answer.
        """
        catalogue = Catalogue(room, set())
        redacted: set[str] = set()
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
                    redacted.add(pdu.event_id)
        return frozenset(redacted)

    async def _state_after(self, server: str, tip: str, catalogue: Catalogue) -> AbstractSet[str]:
        async with self._slots:
            answer = await self._federation.state_ids(server, catalogue.room.room_id, tip)
            before = await _listed_ids(answer)
        await self._learn(server, tip, before, catalogue)
        changed = catalogue.key_of(tip)
        if changed is None:
            return before
        standing = set(await filtered(before, lambda each: catalogue.key_of(each) != changed))
        standing.add(tip)
        return standing

    async def _learn(
        self, server: str, tip: str, before: Collection[str], catalogue: Catalogue
    ) -> None:
        if not catalogue.has_seen(tip):
            await self._show(server, tip, catalogue)
        unknown = await filtered(before, lambda each: not catalogue.has_seen(each))
        if len(unknown) <= min(MAX_EVENTS_ASKED, _FEW + len(before) // 100):
            await self._show_each(server, unknown, catalogue)
            # Servers may redact events from before our join when asked for them; in state they are
            # complete.
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
            return  # it names an event that it does not send: treated as not named
        pdus = answer.get("pdus")
        if isinstance(pdus, list) and len(pdus) == 1:
            catalogue.add(server, pdus[0], event_id)


def _tips(template: JsonObject, catalogue: Catalogue) -> list[str]:
    """Return the IDs of the server's forward extremities, from its template."""
    event = template.get("event")
    extremities = event.get("prev_events") if isinstance(event, dict) else None
    if not isinstance(extremities, list) or not extremities:
        raise AnswerUntrustworthy("its template names no latest events")
    if len(extremities) > MAX_TIPS:
        raise AnswerUntrustworthy(f"the room is forked there, {len(extremities)} branches wide")
    if catalogue.room.rules.sender_chooses_event_id:
        extremities = [pair[0] if isinstance(pair, list) and pair else pair for pair in extremities]
    if not all(isinstance(event_id, str) and is_event_id(event_id) for event_id in extremities):
        raise AnswerUntrustworthy("its template's prev_events are no event IDs")
    return extremities


def _listed_events(answer: JsonObject) -> Sequence[Any]:
    pdus = answer.get("pdus")
    if not is_list(pdus) or len(pdus) > MAX_LISTED:
        raise AnswerUntrustworthy("its state is not a list of events")
    return pdus


async def _listed_ids(answer: JsonObject) -> AbstractSet[str]:
    listed = answer.get("pdu_ids")
    if not is_list(listed) or len(listed) > MAX_LISTED:
        raise AnswerUntrustworthy(f"its state is not a list of at most {MAX_LISTED:,} IDs")
    event_ids: set[str] = set()
    async for event_id in in_slices(listed, forgetting=True):
        if not isinstance(event_id, str) or not is_short_enough(event_id) or event_id in event_ids:
            raise AnswerUntrustworthy("its state holds something else than event IDs, or one twice")
        event_ids.add(event_id)
    return event_ids


def _not_in(event_ids: AbstractSet[str]) -> Callable[[str], bool]:
    return lambda event_id: event_id not in event_ids
