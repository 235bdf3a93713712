"""Look-up of the rooms behind aliases and in spaces, with storage of the answers.

Servers that are unreachable, refuse, or answer in part remove no room from its community: the known
rooms stay until a server gives a complete new answer.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import structlog

from countersign.ports.errors import PeerRefused, PeerUnavailable, StoreUnavailable
from countersign.ports.federation import FederationClient
from countersign.ports.randomness import Randomness
from countersign.ports.stores.found_rooms import FoundRooms, FoundRoomsStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.identifiers import is_room_id, is_server_name
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.space_answers import (
    MAX_ROOMS,
    Answer,
    NotInDirectory,
    children_in,
    joined_rooms,
    listed_servers,
    spaces_among,
)

INTERVAL_SECONDS: Final = 3_600
"""Interval between rounds of look-ups; up to a quarter longer, at random."""
MIN_GAP_SECONDS: Final = 5
"""Minimum time between a round and another one that a changed policy causes."""
MAX_SERVERS_ASKED: Final = 5
"""Maximum number of servers that are asked about one alias or space, until one answers."""
MAX_DEPTH: Final = 5
"""Maximum depth of spaces within spaces."""
MAX_SPACES: Final = 100
"""Maximum number of spaces asked about within one space."""
MAX_AT_ONCE: Final = 8
MAX_MOVES_LOGGED: Final = 50

log = structlog.get_logger()


class RoomFinder:
    """Keeps the rooms of aliases and spaces up to date.

    Args:
        policies: name the aliases and spaces, and receive their rooms.
        federation: asks servers.
        store: keeps the rooms.
        servers_in: returns the servers in one of our rooms, largest first.
        randomness: varies the interval, so that not all Policy Servers ask at the same time.
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
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)
        self._is_changed = asyncio.Event()
        policies.on_change(self._is_changed.set)

    @property
    def troubles(self) -> Mapping[str, str]:
        """The reasons why aliases and spaces were not found at the last look-up, by name."""
        return self._troubles

    @property
    def unfound(self) -> tuple[str, ...]:
        """The aliases and spaces that policies name, and whose rooms were never found."""
        return tuple(sorted(self._policies.named_rooms().all() - self._found.keys()))

    async def load(self) -> None:
        """Read the stored rooms."""
        try:
            self._found = dict(await self._store.load())
        except StoreUnavailable as error:
            log.warning("which rooms aliases and spaces stand for is not known", reason=str(error))
        self._policies.set_found_rooms(self._room_ids())

    async def apply_changes(self, changed_after: int) -> None:  # noqa: ARG002 - all are read
        """Take over the rooms that the leading process found.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        self._found = dict(await self._store.load())
        self._policies.set_found_rooms(self._room_ids())

    async def run(self) -> None:
        """Look up all names now, whenever policies change, and every hour, until cancelled."""
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
        """Look up every alias and space that policies name, and apply the result."""
        named = self._policies.named_rooms()
        names = sorted(named.all())
        if not names:
            return
        answers = await asyncio.gather(*(self._find(name, name in named.spaces) for name in names))
        before = self._found
        by_community: dict[str, FoundRooms] = {}
        self._troubles = {}
        for name, answer in zip(names, answers, strict=True):
            found_before = before.get(name)
            if isinstance(answer, NotInDirectory):
                self._troubles[name] = str(answer)
                self._log_trouble(name, str(answer), found_before)
                if found_before is not None:
                    by_community[name] = found_before
                continue
            if answer.missing:
                self._troubles[name] = answer.missing
                self._log_trouble(name, answer.missing, found_before)
            by_community[name] = joined_rooms(answer, found_before)
        await self._apply_found(by_community)

    async def look_up(self, name: str, *, is_space: bool, via: Iterable[str] = ()) -> Answer:
        """Look up the rooms of an alias or space without applying the result.

        Args:
            name: an alias or ID.
            is_space: it is a space; the result has its rooms and the space itself.
            via: servers that may be asked about an ID.

        Raises:
            NotInDirectory: no server gave an answer.
        """
        async with self._slots:
            room_id, servers = await self._room_behind(name)
            servers = listed_servers([*via, *servers])
            if is_space:
                return await self._rooms_of(room_id, servers)
            return Answer(FoundRooms(frozenset({room_id}), servers))

    async def _apply_found(self, found: dict[str, FoundRooms]) -> None:
        is_new, self._found = found != self._found, found
        moved = self._policies.set_found_rooms(self._room_ids())
        for room_id, (old, new) in sorted(moved.items())[:MAX_MOVES_LOGGED]:
            log.info("room belongs to another community", room_id=room_id, before=old, now=new)
        if len(moved) > MAX_MOVES_LOGGED:
            log.info("more rooms belong to another community", rooms=len(moved) - MAX_MOVES_LOGGED)
        if is_new:
            try:
                await self._store.save(found)
            except StoreUnavailable as error:
                log.warning("which rooms were found is not kept", reason=str(error))

    def _log_trouble(self, name: str, reason: str, found_before: FoundRooms | None) -> None:
        if found_before is None:
            log.warning(
                "no rooms are known of what a policy names; the default policy holds for them",
                name=name,
                reason=reason,
            )
        else:
            log.warning("not all is known of what a policy names; known rooms stay", name=name,
                        rooms=len(found_before.room_ids), reason=reason)  # fmt: skip

    def _room_ids(self) -> dict[str, frozenset[str]]:
        return {name: found.room_ids for name, found in self._found.items()}

    async def _find(self, name: str, is_space: bool) -> Answer | NotInDirectory:
        async with self._slots:
            try:
                room_id, servers = await self._room_behind(name)
                if is_space:
                    return await self._rooms_of(room_id, servers)
                return Answer(FoundRooms(frozenset({room_id}), servers))
            except NotInDirectory as error:
                return error

    async def _room_behind(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Return the room ID of a name, and servers to ask about it."""
        found_before = self._found.get(name)
        remembered = found_before.servers if found_before is not None else ()
        if name.startswith("!"):
            domain = name.partition(":")[2]
            return name, listed_servers([*self._servers_in(name), *remembered, domain])
        server = name.partition(":")[2]
        if not is_server_name(server):
            raise NotInDirectory("its part behind the colon is no server name")
        answer = await self._ask([server], lambda each: self._federation.room_for_alias(each, name))
        room_id, servers = answer.get("room_id"), answer.get("servers")
        if not isinstance(room_id, str) or not is_room_id(room_id):
            raise NotInDirectory(f"{server}: its answer names no room")
        servers = servers if isinstance(servers, list) else []
        return room_id, listed_servers([server, *servers, *self._servers_in(room_id)])

    async def _rooms_of(self, space: str, servers: tuple[str, ...]) -> Answer:
        """Return the rooms of a space and of the spaces in it."""
        rooms, requests, missing = {space}, 0, ""
        level: list[tuple[str, tuple[str, ...]]] = [(space, servers)]
        for depth in range(MAX_DEPTH + 1):
            following: list[tuple[str, tuple[str, ...]]] = []
            for each, its_servers in level:
                if requests == MAX_SPACES or depth == MAX_DEPTH:
                    missing = f"it holds more than {MAX_SPACES} spaces, or {MAX_DEPTH} levels"
                    break
                requests += 1
                try:
                    answer = await self._ask(its_servers, self._hierarchy_of(each))
                    children = await children_in(answer, each)
                except NotInDirectory as error:
                    if each == space:
                        raise
                    missing = f"the space {each} in it: {error}"
                    continue
                spaces = await spaces_among(answer)
                for child, via in children.items():
                    if child in rooms:
                        continue
                    if len(rooms) == MAX_ROOMS:
                        missing = f"it holds more than {MAX_ROOMS:,} rooms"
                        break
                    rooms.add(child)
                    if child in spaces:
                        following.append((child, listed_servers([*via, *its_servers])))
            level = following
        return Answer(FoundRooms(frozenset(rooms), servers), missing)

    def _hierarchy_of(self, space: str) -> Callable[[str], Any]:
        return lambda server: self._federation.hierarchy(server, space)

    async def _ask(self, servers: Iterable[str], ask: Callable[[str], Any]) -> JsonObject:
        """Return the first answer that one of `servers` gives.

        Raises:
            NotInDirectory: none gave any.
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
        raise NotInDirectory("; ".join(failures) or "no server is known that could be asked")
