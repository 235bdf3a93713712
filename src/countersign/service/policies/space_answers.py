"""Answers of servers on the rooms behind an alias or in a space."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from countersign.ports.stores.found_rooms import FoundRooms
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.identifiers import is_room_id, is_server_name
from countersign.service.slices import in_slices, is_list

MAX_SERVERS_KEPT: Final = 10
MAX_ROOMS: Final = 10_000
"""Maximum number of rooms that one space adds to a community."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers of servers about one alias or space.

    Attributes:
        found: the rooms, and the servers to ask next time.
        missing: the reason why the answer is incomplete; empty if it is complete.
    """

    found: FoundRooms
    missing: str = ""


class NotInDirectory(Exception):
    """No server gave an answer; says what each did."""


def joined_rooms(answer: Answer, found_before: FoundRooms | None) -> FoundRooms:
    """Merge an answer with the known rooms: an incomplete answer removes none."""
    if not answer.missing or found_before is None:
        return answer.found
    return FoundRooms(answer.found.room_ids | found_before.room_ids, answer.found.servers)


def listed_servers(names: Iterable[object]) -> tuple[str, ...]:
    """Return the first few valid server names in `names`, each once."""
    usable = dict.fromkeys(
        name for name in list(names)[:MAX_ROOMS] if isinstance(name, str) and is_server_name(name)
    )
    return tuple(usable)[:MAX_SERVERS_KEPT]


async def children_in(answer: JsonObject, space: str) -> dict[str, tuple[str, ...]]:
    """Return the children of a space, each with the servers to ask.

    A child without `via` was removed. At most one more than `MAX_ROOMS` is returned.

    Spec: https://spec.matrix.org/v1.18/client-server-api/#mspacechild

    Raises:
        NotInDirectory: the answer is about another room, so it must not count as an empty space.
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
    """Return the IDs of those rooms in an answer that are spaces."""
    children = answer.get("children")
    spaces: set[str] = set()
    async for child in in_slices(children if is_list(children) else (), forgetting=True):
        if not isinstance(child, dict) or child.get("room_type") != "m.space":
            continue
        room_id = child.get("room_id")
        if isinstance(room_id, str) and is_room_id(room_id) and len(spaces) <= MAX_ROOMS:
            spaces.add(room_id)
    return frozenset(spaces)
