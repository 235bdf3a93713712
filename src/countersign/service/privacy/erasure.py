"""Erasing a person or a room: in memory, in the database, in the archive; and giving out both."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, Protocol

from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.stores.archive import ArchiveStore
from countersign.ports.stores.personal_data import Erased, PersonalDataStore, RoomDataStore

SETTLE_SECONDS: Final = 4.0
"""Time in which other processes hear of an erasure, and have stored what they learned before."""


class ForgetsPeople(Protocol):
    """Remembers something of people."""

    def forget_person(self, user_id: str) -> None:
        """Forget what is remembered of a user, and what waits to be stored."""
        ...


class ForgetsRooms(Protocol):
    """Remembers something of rooms."""

    async def forget_room(self, room_id: str) -> None:
        """Forget what is remembered of a room, and what waits to be stored.

        Raises:
            StoreUnavailable: it is not known what may be remembered.
        """
        ...


class Erasure:
    """Finds and erases people and rooms everywhere.

    Args:
        people: people in the database.
        rooms: rooms in the database.
        archive: the archive, whether it is on or not: it may have been.
        forgetful: those who remember people while the server runs.
        forgets_rooms: those who remember rooms.
        tell_others: has other processes forget what they remember of what is stored, and what
            they alone remember of anybody for a while: nothing that is stored says who it was.
        broadcasts: tell other processes who it was; None if there are none to be told so.
        settle_seconds: after so long it is erased once more, as other processes may have stored
            what they had learned before; 0 if there are none.
    """

    def __init__(
        self,
        people: PersonalDataStore,
        rooms: RoomDataStore,
        archive: ArchiveStore,
        *,
        forgetful: Sequence[ForgetsPeople] = (),
        forgets_rooms: Sequence[ForgetsRooms] = (),
        tell_others: Callable[[], Awaitable[object]],
        broadcasts: Broadcasts | None = None,
        settle_seconds: float = 0.0,
    ) -> None:
        self._tell_others = tell_others
        self._broadcasts = broadcasts
        self._settle_seconds = settle_seconds
        if broadcasts is not None:
            broadcasts.hear(Topic.ERASED, self._forget)
        self._people = people
        self._rooms = rooms
        self._archive = archive
        self._forgetful = tuple(forgetful)
        self._forgets_rooms = tuple(forgets_rooms)

    async def export(self, user_id: str) -> dict[str, Any]:
        """Return everything that is about a user or names them, by table.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        found: dict[str, Any] = dict(await self._people.export(user_id))
        return _with_archived(found, await self._archive.export_person(user_id))

    async def export_room(self, room_id: str) -> dict[str, Any]:
        """Return everything that belongs to a room, by table.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        found: dict[str, Any] = dict(await self._rooms.export(room_id))
        return _with_archived(found, await self._archive.export_room(room_id))

    async def erase(self, user_id: str, *, keep_given: bool, may_rebuild: bool = False) -> Erased:
        """Erase a user; return what became of their data.

        Args:
            user_id: who.
            keep_given: keep the levels of trust that moderators gave.
            may_rebuild: rebuild large files too: nobody waits for them.

        Raises:
            StoreUnavailable: not all was erased; doing it again goes on.
        """
        # Before, so that nothing is stored that was remembered; and once more for what was read
        # from the store while it was being erased there.
        self._forget(user_id)
        if self._broadcasts is not None:
            self._broadcasts.tell(Topic.ERASED, user_id)
        erase = partial(self._people.erase, user_id, keep_given=keep_given, may_rebuild=may_rebuild)
        erased = await self._erase_everywhere(erase)
        self._forget(user_id)
        archived = await self._archive.erase_person(user_id, may_rebuild=may_rebuild)
        return _together(erased, *archived)

    async def erase_room(self, room_id: str, *, may_rebuild: bool = False) -> Erased:
        """Erase a room; return what became of its data.

        Args:
            room_id: which room.
            may_rebuild: rebuild large files too: nobody waits for them.

        Raises:
            StoreUnavailable: not all was erased; doing it again goes on.
        """
        await self._forget_room(room_id)
        erase = partial(self._rooms.erase, room_id, may_rebuild=may_rebuild)
        erased = await self._erase_everywhere(erase)
        await self._forget_room(room_id)
        return _together(erased, *await self._archive.erase_room(room_id, may_rebuild=may_rebuild))

    async def _erase_everywhere(self, erase: Callable[[], Awaitable[Erased]]) -> Erased:
        """Erase something from the database, and from the memory of other processes."""
        erased = await erase()
        await self._tell_others()
        if not self._settle_seconds:
            return erased
        await asyncio.sleep(self._settle_seconds)
        again = await erase()
        if again.rows:
            await self._tell_others()
        counts = Counter(erased.rows)
        counts.update(again.rows)
        return replace(again, rows=dict(counts))

    def _forget(self, user_id: str) -> None:
        for forgetful in self._forgetful:
            forgetful.forget_person(user_id)

    async def _forget_room(self, room_id: str) -> None:
        for forgetful in self._forgets_rooms:
            await forgetful.forget_room(room_id)


def _with_archived(found: dict[str, Any], archived: Sequence[Any]) -> dict[str, Any]:
    return {**found, "archive": archived} if archived else found


def _together(erased: Erased, events: int, is_scrubbed: bool) -> Erased:
    rows = {**erased.rows, "archive": events} if events else erased.rows
    return replace(erased, rows=rows, is_scrubbed=erased.is_scrubbed and is_scrubbed)
