"""Erasure and export of a person's or a room's data: memory, database and archive."""

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
"""Time within which other processes learn of an erasure and have stored what they had in memory."""

MAY_BE_NAMED: Final = "messages of others may name them, until the archive's own retention ends"


class ForgetsPeople(Protocol):
    """Keeps data of people in memory."""

    def forget_person(self, user_id: str) -> None:
        """Delete a user's data from memory, including data that waits to be stored."""
        ...


class ForgetsEverybody(ForgetsPeople, Protocol):
    """Keeps data of people in memory for a short time."""

    def forget_people(self) -> None:
        """Delete all people's data from memory."""
        ...


class ForgetsRooms(Protocol):
    """Keeps data of rooms in memory."""

    async def forget_room(self, room_id: str) -> None:
        """Delete a room's data from memory, including data that waits to be stored.

        Raises:
            StoreUnavailable: the store, which is needed to know what remains, can't be read.
        """
        ...


class Erasure:
    """Exports and erases the data of people and rooms.

    Args:
        people: people's data in the database.
        rooms: rooms' data in the database.
        archive: the archive, also if it is off, since it may have been on.
        forgetful: parts that keep data of people in memory.
        forgets_rooms: parts that keep data of rooms in memory.
        tell_others: makes other processes drop their caches, and short-lived data of all people. It
            names nobody, because it goes through the database.
        broadcasts: tell other processes the user or room; None if there are none.
        settle_seconds: time after which everything is erased a second time, since other processes
            may have stored data from their memory; 0 if there are none.
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
            broadcasts.subscribe(Topic.ERASED, self._forget)
        self._people = people
        self._rooms = rooms
        self._archive = archive
        self._forgetful = tuple(forgetful)
        self._forgets_rooms = tuple(forgets_rooms)

    async def export(self, user_id: str) -> dict[str, Any]:
        """Return all data about a user, and records that name them, by table.

        Raises:
            StoreUnavailable: the database can't be read.
        """
        exported: dict[str, Any] = dict(await self._people.export(user_id))
        return _with_archived(exported, await self._archive.export_person(user_id))

    async def export_room(self, room_id: str) -> dict[str, Any]:
        """Return all data of a room, by table.

        Raises:
            StoreUnavailable: the database can't be read.
        """
        exported: dict[str, Any] = dict(await self._rooms.export(room_id))
        return _with_archived(exported, await self._archive.export_room(room_id))

    async def erase(self, user_id: str, *, keep_given: bool, may_rebuild: bool = False) -> Erased:
        """Erase a user's data; return a report.

        Args:
            user_id: the user.
            keep_given: keep levels of trust that moderators set.
            may_rebuild: also rebuild large files, which takes long.

        Raises:
            StoreUnavailable: the erasure is incomplete; a repetition continues it.
        """
        # Memory first, so that nothing from it is stored; and again afterwards, for data that was
        # read from the store during the erasure.
        self._forget(user_id)
        if self._broadcasts is not None:
            self._broadcasts.publish(Topic.ERASED, user_id)
        erase = partial(self._people.erase, user_id, keep_given=keep_given, may_rebuild=may_rebuild)
        erased = await self._erase_everywhere(erase)
        self._forget(user_id)
        archived = await self._archive.erase_person(user_id, may_rebuild=may_rebuild)
        if not await self._archive.is_empty():
            erased = replace(erased, stays={**erased.stays, "archive": MAY_BE_NAMED})
        return _together(erased, *archived)

    async def erase_room(self, room_id: str, *, may_rebuild: bool = False) -> Erased:
        """Erase a room's data; return a report.

        Args:
            room_id: the room.
            may_rebuild: also rebuild large files, which takes long.

        Raises:
            StoreUnavailable: the erasure is incomplete; a repetition continues it.
        """
        await self._forget_room(room_id)
        erase = partial(self._rooms.erase, room_id, may_rebuild=may_rebuild)
        erased = await self._erase_everywhere(erase)
        await self._forget_room(room_id)
        return _together(erased, *await self._archive.erase_room(room_id, may_rebuild=may_rebuild))

    async def _erase_everywhere(self, erase: Callable[[], Awaitable[Erased]]) -> Erased:
        """Run an erasure in the database, and make other processes clear their memory."""
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


def _with_archived(exported: dict[str, Any], archived: Sequence[Any]) -> dict[str, Any]:
    return {**exported, "archive": archived} if archived else exported


def _together(erased: Erased, events: int, is_scrubbed: bool) -> Erased:
    rows = {**erased.rows, "archive": events} if events else erased.rows
    return replace(erased, rows=rows, is_scrubbed=erased.is_scrubbed and is_scrubbed)
