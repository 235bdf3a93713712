"""Which rooms aliases and spaces stand for: asked of their servers, and remembered.

An answer is only ever taken for what it says: servers that are gone, refuse or answer in part take
no room out of its community. What was known stays until a server gives a whole new answer.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from countersign.ports.errors import PeerRefused, PeerUnavailable, StoreUnavailable
from countersign.ports.federation import FederationClient
from countersign.ports.randomness import Randomness
from countersign.ports.stores.found_rooms import FoundRooms, FoundRoomsStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.identifiers import is_room_id, is_server_name
from countersign.service.policies.policies_in_force import Policies
from countersign.service.slices import in_slices, is_list

INTERVAL_SECONDS: Final = 3_600
"""How often all is asked again; up to a quarter longer, by chance."""
MIN_GAP_SECONDS: Final = 5
"""How soon after a round a policy that changed may bring about the next."""
MAX_SERVERS_ASKED: Final = 5
"""Of how many servers one alias or space is asked, until one answers."""
MAX_SERVERS_KEPT: Final = 10
MAX_DEPTH: Final = 5
"""How many levels of spaces within spaces are followed."""
MAX_SPACES: Final = 100
"""How many spaces within one space are asked about."""
MAX_ROOMS: Final = 10_000
"""How many rooms one space may bring into a community."""
MAX_AT_ONCE: Final = 8
MAX_MOVES_LOGGED: Final = 50

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What servers said of one alias or space.

    Attributes:
        found: the rooms, and who may be asked next time.
        missing: why it is not all there is; empty if it is.
    """

    found: FoundRooms
    missing: str = ""


class _NotFound(Exception):
    """No server gave an answer; says what each did."""


class RoomFinder:
    """Keeps the rooms of communities as aliases and spaces say.

    Args:
        policies: whose aliases and spaces are looked for, and who takes the rooms over.
        federation: asks servers.
        store: remembers.
        servers_in: returns servers that are in a room that we are in, largest first.
        randomness: so that not all policy servers ask at the same moment.
    """

    def __init__(
        self,
        policies: Policies,
        *,
        federation: FederationClient,
        store: FoundRoomsStore,
        servers_in: Callable[[str], Sequence[str]],
        randomness: Randomness,
    ) -> None:
        self._policies = policies
        self._federation = federation
        self._store = store
        self._servers_in = servers_in
        self._randomness = randomness
        self._found: dict[str, FoundRooms] = {}
        self._troubles: dict[str, str] = {}
        self._places = asyncio.Semaphore(MAX_AT_ONCE)
        self._is_changed = asyncio.Event()
        policies.on_change(self._is_changed.set)

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why an alias or a space was not found when it was last asked about, by its name."""
        return self._troubles

    @property
    def unfound(self) -> tuple[str, ...]:
        """The aliases and spaces that policies name, and whose rooms were never found."""
        return tuple(sorted(self._policies.named_rooms().all() - self._found.keys()))

    def load(self) -> None:
        """Take over what was known when the program ended."""
        try:
            self._found = dict(self._store.load())
        except StoreUnavailable as error:
            log.warning("which rooms aliases and spaces stand for is not known", reason=str(error))
        self._policies.take_found(self._room_ids())

    async def run(self) -> None:
        """Look for all of them now, whenever policies change, and every hour, for ever."""
        while True:
            self._is_changed.clear()
            await self.find_all()
            await asyncio.sleep(MIN_GAP_SECONDS)
            wait = INTERVAL_SECONDS * (1 + self._randomness.fraction() / 4)
            try:
                async with asyncio.timeout(wait):
                    await self._is_changed.wait()
            except TimeoutError:
                pass

    async def find_all(self) -> None:
        """Ask about every alias and space that policies name, and put in force what is found."""
        named = self._policies.named_rooms()
        names = sorted(named.all())
        if not names:
            return
        answers = await asyncio.gather(*(self._find(name, name in named.spaces) for name in names))
        before = self._found
        found: dict[str, FoundRooms] = {}
        self._troubles = {}
        for name, answer in zip(names, answers, strict=True):
            known = before.get(name)
            if isinstance(answer, _NotFound):
                self._troubles[name] = str(answer)
                self._complain(name, str(answer), known)
                if known is not None:
                    found[name] = known
                continue
            if answer.missing:
                self._troubles[name] = answer.missing
                self._complain(name, answer.missing, known)
            found[name] = _joined(answer, known)
        await self._take(found)

    async def _take(self, found: dict[str, FoundRooms]) -> None:
        is_new, self._found = found != self._found, found
        moved = self._policies.take_found(self._room_ids())
        for room_id, (old, new) in sorted(moved.items())[:MAX_MOVES_LOGGED]:
            log.info("room belongs to another community", room_id=room_id, before=old, now=new)
        if len(moved) > MAX_MOVES_LOGGED:
            log.info("more rooms belong to another community", rooms=len(moved) - MAX_MOVES_LOGGED)
        if is_new:
            try:
                await asyncio.to_thread(self._store.save, found)  # it waits for the disk
            except StoreUnavailable as error:
                log.warning("which rooms were found is not kept", reason=str(error))

    def _complain(self, name: str, reason: str, known: FoundRooms | None) -> None:
        if known is None:
            log.warning(
                "no rooms are known of what a policy names; the default policy holds for them",
                name=name,
                reason=reason,
            )
        else:
            log.warning("not all is known of what a policy names; known rooms stay", name=name,
                        rooms=len(known.room_ids), reason=reason)  # fmt: skip

    def _room_ids(self) -> dict[str, frozenset[str]]:
        return {name: found.room_ids for name, found in self._found.items()}

    async def _find(self, name: str, is_space: bool) -> _Answer | _NotFound:
        async with self._places:
            try:
                room_id, servers = await self._room_behind(name)
                if is_space:
                    return await self._rooms_of(room_id, servers)
                return _Answer(FoundRooms(frozenset({room_id}), servers))
            except _NotFound as error:
                return error

    async def _room_behind(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Return the room ID that a name stands for, and servers to ask about it."""
        known = self._found.get(name)
        remembered = known.servers if known is not None else ()
        if name.startswith("!"):
            domain = name.partition(":")[2]
            return name, _servers([*self._servers_in(name), *remembered, domain])
        server = name.partition(":")[2]
        if not is_server_name(server):
            raise _NotFound("its part behind the colon is no server name")
        answer = await self._ask([server], lambda each: self._federation.room_for_alias(each, name))
        room_id, others = answer.get("room_id"), answer.get("servers")
        if not isinstance(room_id, str) or not is_room_id(room_id):
            raise _NotFound(f"{server}: its answer names no room")
        others = others if isinstance(others, list) else []
        return room_id, _servers([server, *others, *self._servers_in(room_id)])

    async def _rooms_of(self, space: str, servers: tuple[str, ...]) -> _Answer:
        """Return the rooms of a space and of the spaces in it."""
        rooms, asked, missing = {space}, 0, ""
        level: list[tuple[str, tuple[str, ...]]] = [(space, servers)]
        for depth in range(MAX_DEPTH + 1):
            following: list[tuple[str, tuple[str, ...]]] = []
            for each, its_servers in level:
                if asked == MAX_SPACES or depth == MAX_DEPTH:
                    missing = f"it holds more than {MAX_SPACES} spaces, or {MAX_DEPTH} levels"
                    break
                asked += 1
                try:
                    answer = await self._ask(its_servers, self._hierarchy_of(each))
                    children = await _children(answer, each)
                except _NotFound as error:
                    if each == space:
                        raise
                    missing = f"the space {each} in it: {error}"
                    continue
                spaces = await _spaces_among(answer)
                for child, via in children.items():
                    if child in rooms:
                        continue
                    if len(rooms) == MAX_ROOMS:
                        missing = f"it holds more than {MAX_ROOMS:,} rooms"
                        break
                    rooms.add(child)
                    if child in spaces:
                        following.append((child, _servers([*via, *its_servers])))
            level = following
        return _Answer(FoundRooms(frozenset(rooms), servers), missing)

    def _hierarchy_of(self, space: str) -> Callable[[str], Any]:
        return lambda server: self._federation.hierarchy(server, space)

    async def _ask(self, servers: Iterable[str], ask: Callable[[str], Any]) -> JsonObject:
        """Return the first answer that one of `servers` gives.

        Raises:
            _NotFound: none gave any.
        """
        failures: list[str] = []
        for server in list(servers)[:MAX_SERVERS_ASKED]:
            try:
                answer: JsonObject = await ask(server)
            except PeerUnavailable as error:
                failures.append(str(error))
            except PeerRefused as error:
                failures.append(f"{server}: {error}")
            else:
                return answer
        raise _NotFound("; ".join(failures) or "no server is known that could be asked")


def _joined(answer: _Answer, known: FoundRooms | None) -> FoundRooms:
    """Return what is known after an answer: one that lacks something takes nothing away."""
    if not answer.missing or known is None:
        return answer.found
    return FoundRooms(answer.found.room_ids | known.room_ids, answer.found.servers)


def _servers(names: Iterable[object]) -> tuple[str, ...]:
    """Return server names among `names`, each once, the first few."""
    usable = dict.fromkeys(
        name for name in list(names)[:MAX_ROOMS] if isinstance(name, str) and is_server_name(name)
    )
    return tuple(usable)[:MAX_SERVERS_KEPT]


async def _children(answer: JsonObject, space: str) -> dict[str, tuple[str, ...]]:
    """Return the rooms that a space says are in it, and for each the servers to ask.

    A child without `via` is none any more. No more are returned than a space may bring, and one.

    Spec: https://spec.matrix.org/v1.18/client-server-api/#mspacechild

    Raises:
        _NotFound: the answer is about something else. To take it for an empty space would be wrong.
    """
    room = answer.get("room")
    state = room.get("children_state") if isinstance(room, dict) else None
    if not isinstance(room, dict) or room.get("room_id") != space or not is_list(state):
        raise _NotFound("the answer does not say which rooms are in it")
    children: dict[str, tuple[str, ...]] = {}
    async for event in in_slices(state, forgetting=True):
        if not isinstance(event, dict) or event.get("type") != "m.space.child":
            continue
        child, content = event.get("state_key"), event.get("content")
        via = content.get("via") if isinstance(content, dict) else None
        if isinstance(child, str) and is_room_id(child) and isinstance(via, list) and via:
            children[child] = _servers(via)
        if len(children) > MAX_ROOMS:
            break
    return children


async def _spaces_among(answer: JsonObject) -> frozenset[str]:
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
