"""Forward extremities of rooms, as the rooms' servers report them.

We keep no event graph: we receive only some events, and do not fill gaps. The room's servers know
its latest events, and send them with the template of a leave by our user. A server that lies could
put our event at a place where nobody sees it, so several are asked, and what two of them name is
preferred.

Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1make_leaveroomiduserid
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import FederationClient
from countersign.protocol.canonical_json import MAX_SAFE_INTEGER
from countersign.protocol.events.pdu import MAX_PREV_EVENTS
from countersign.protocol.identifiers import is_event_id, is_short_enough
from countersign.protocol.room_versions import RoomVersionRules
from countersign.protocol.rooms.room_state import CREATE, POWER_LEVELS
from countersign.protocol.rooms.state_events import MEMBER
from countersign.service.handshakes.event_templates import references, template_of
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy, Attempt
from countersign.service.identity import Identity
from countersign.service.limits.registrable_domains import RegistrableDomain
from countersign.service.rooms.resident_servers import resident_servers
from countersign.service.rooms.room import Room

SERVERS_ASKED: Final = 3
SERVER_SECONDS: Final = 30
MAX_DEPTH_AHEAD: Final = 1_000_000
"""Maximum depth of our event above that of the known state.

An event of ours with a huge depth would raise the depth of the whole room."""


class NoPlaceKnown(AnswerUntrustworthy):
    """No server of the room names the latest events; the message is a clause."""


@dataclass(frozen=True, slots=True)
class GraphPosition:
    """Place of an event of ours in the graph.

    Attributes:
        prev_events: references to the events before it, in the format of its room version.
        depth: its depth.
        auth_hashes: hashes of possible auth events, by event ID; only in room versions 1 and 2,
            where a reference has a hash.
    """

    prev_events: Sequence[Any]
    depth: int
    auth_hashes: Mapping[str, Any]


class ForwardExtremities:
    """Finds the place of our next event in a room's graph."""

    def __init__(
        self,
        identity: Identity,
        *,
        federation: FederationClient,
        registrable_domain: RegistrableDomain,
    ) -> None:
        self._identity = identity
        self._federation = federation
        self._registrable_domain = registrable_domain

    async def find(self, room: Room) -> GraphPosition:
        """Return the place of our next event.

        Raises:
            NoPlaceKnown: no server returned one.
        """
        servers, _ = resident_servers(
            room,
            ourselves=self._identity.server_name,
            registrable_domain=self._registrable_domain,
        )
        remaining = iter(servers)
        failures: list[Attempt] = []

        async def ask_until_answered() -> GraphPosition | None:
            for server in remaining:
                try:
                    async with asyncio.timeout(SERVER_SECONDS):
                        return await self._ask(server, room)
                except TimeoutError:
                    failures.append(Attempt(server, "it takes too long"))
                except (PeerRefused, PeerUnavailable, AnswerUntrustworthy) as error:
                    failures.append(Attempt.failed(server, error))
            return None

        answers = await asyncio.gather(*(ask_until_answered() for _ in range(SERVERS_ASKED)))
        positions = [position for position in answers if position is not None]
        if not positions:
            tried = "; ".join(f"{each.server}: {each.reason}" for each in failures)
            raise NoPlaceKnown(f"no server of the room says what its latest events are ({tried})")
        return _agreed(positions, room)

    async def _ask(self, server: str, room: Room) -> GraphPosition:
        user_id, rules = self._identity.user_id, room.rules
        answer = await self._federation.make_leave(server, room.room_id, user_id)
        template, _ = template_of(answer, room.room_id, user_id, "leave")
        prev_events = references(template, "prev_events", rules)
        ids = [_id_of(each, rules) for each in prev_events]
        if not 0 < len(ids) <= MAX_PREV_EVENTS or len(set(ids)) != len(ids):
            raise AnswerUntrustworthy(f"its template names {len(ids)} latest events")
        depth = template.get("depth")
        if type(depth) is not int or not 0 < depth <= MAX_SAFE_INTEGER:
            raise AnswerUntrustworthy("its template's depth is no depth")
        hashes: dict[str, Any] = {}
        if rules.sender_chooses_event_id:
            auth_events = references(template, "auth_events", rules)
            hashes = dict(auth_events)
        return GraphPosition(prev_events, depth, hashes)


def _agreed(positions: Sequence[GraphPosition], room: Room) -> GraphPosition:
    """Return the place with those events that two servers name, or else the first place."""
    rules = room.rules
    named = Counter(_id_of(each, rules) for position in positions for each in position.prev_events)
    best = next(
        (
            position
            for position in positions
            if any(named[_id_of(e, rules)] > 1 for e in position.prev_events)
        ),
        positions[0],
    )
    agreed = [each for each in best.prev_events if named[_id_of(each, rules)] > 1]
    naming = [position for position in positions if not agreed or _shares(position, agreed, rules)]
    depths = [event.depth for key in _WELL_KNOWN if (event := room.state.find(key)) is not None]
    ceiling = min(max(depths, default=0) + MAX_DEPTH_AHEAD, MAX_SAFE_INTEGER)
    return GraphPosition(
        prev_events=agreed or best.prev_events,
        depth=min(ceiling, *(position.depth for position in naming)),
        auth_hashes={
            event_id: sha256
            for position in positions
            for event_id, sha256 in position.auth_hashes.items()
        },
    )


_WELL_KNOWN: Final = (CREATE, POWER_LEVELS)


def _shares(position: GraphPosition, agreed: Sequence[Any], rules: RoomVersionRules) -> bool:
    ids = {_id_of(each, rules) for each in agreed}
    return any(_id_of(each, rules) in ids for each in position.prev_events)


def _id_of(reference: Any, rules: RoomVersionRules) -> str:
    event_id = reference[0] if rules.sender_chooses_event_id else reference
    if not isinstance(event_id, str) or not is_short_enough(event_id) or not is_event_id(event_id):
        raise AnswerUntrustworthy("its template's prev_events are no event IDs")
    return event_id


def auth_event_ids(room: Room, user_id: str) -> list[str]:
    """Return the IDs of the events in the room's state that authorise a user's message.

    Spec: https://spec.matrix.org/v1.18/server-server-api/#auth-events-selection
    """
    state_keys = [(POWER_LEVELS, ""), (MEMBER, user_id)]
    if not room.rules.room_id_is_create_hash:
        state_keys.insert(0, (CREATE, ""))
    events = (room.state.find(*key) for key in state_keys)
    return [event.event_id for event in events if event is not None]
