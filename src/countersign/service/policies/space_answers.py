"""Answers of servers to what rooms are behind an alias or in a space."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from countersign.ports.stores.found_rooms import FoundRooms
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.identifiers import is_room_id, is_server_name
from countersign.service.slices import in_slices, is_list

MAX_SERVERS_KEPT: Final = 10
MAX_ROOMS: Final = 10_000
"""Maximum number of rooms that one space brings into a community."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers of servers about one alias or space.

    Attributes:
        found: the rooms, and who may be asked next time.
        missing: why it is not all there is; empty if it is.
    """

    found: FoundRooms
    missing: str = ""


class NotInDirectory(Exception):
    """No server gave an answer; says what each did."""


def joined_rooms(answer: Answer, known: FoundRooms | None) -> FoundRooms:
    """Return what is known after an answer: one that lacks something takes nothing away."""
    if not answer.missing or known is None:
        return answer.found
    return FoundRooms(answer.found.room_ids | known.room_ids, answer.found.servers)


def listed_servers(names: Iterable[object]) -> tuple[str, ...]:
    """Return server names among `names`, each once, the first few."""
    usable = dict.fromkeys(
        name for name in list(names)[:MAX_ROOMS] if isinstance(name, str) and is_server_name(name)
    )
    return tuple(usable)[:MAX_SERVERS_KEPT]


async def children_in(answer: JsonObject, space: str) -> dict[str, tuple[str, ...]]:
    """Return the rooms that a space says are in it, and for each the servers to ask.

    A child without `via` is none any more. No more are returned than a space may bring, and one.

    Spec: https://spec.matrix.org/v1.18/client-server-api/#mspacechild

    Raises:
        NotInDirectory: the answer is about something else. To take it for an empty space would be
            wrong.
    """
    room = answer.get("room")
    state = room.get("children_state") if isinstance(room, dict) else None
    if not isinstance(room, dict) or room.get("room_id") != space or not is_list(state):
        raise NotInDirectory("the answer does not say which rooms are in it")
    children: dict[str, tuple[str, ...]] = {}
    async for event in in_slices(state, forgetting=True):
        if not isinstance(event, dict) or event.get("type") != "m.space.child":
            continue
        child, content = event.get("state_key"), event.get("content")
        via = content.get("via") if isinstance(content, dict) else None
        if isinstance(child, str) and is_room_id(child) and isinstance(via, list) and via:
            children[child] = listed_servers(via)
        if len(children) > MAX_ROOMS:
            break
    return children


async def spaces_among(answer: JsonObject) -> frozenset[str]:
    """Return which of a space's rooms are spaces, as far as the server shows them."""
    children = answer.get("children")
    spaces: set[str] = set()
    async for child in in_slices(children if is_list(children) else (), forgetting=True):
        if not isinstance(child, dict) or child.get("room_type") != "m.space":
            continue
        room_id = child.get("room_id")
        if isinstance(room_id, str) and is_room_id(room_id) and len(spaces) <= MAX_ROOMS:
            spaces.add(room_id)
    return frozenset(spaces)
