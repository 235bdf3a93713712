"""Erasing a person: in memory, in the database, in the archive; and giving out what is known."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from countersign.ports.stores.personal_data import Erased, PersonalDataStore


class ForgetsPeople(Protocol):
    """Remembers something of people."""

    def forget_person(self, user_id: str) -> None:
        """Forget what is remembered of a user, and what waits to be stored."""
        ...


class ArchivedPeople(Protocol):
    """The archive of judged events, by person."""

    async def export_person(self, user_id: str) -> Sequence[Mapping[str, Any]]:
        """Return what a user sent, as far as it is archived, as plain JSON.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        ...

    async def erase_person(self, user_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        """Take a user's events out; return how many, and whether no copy is left in the file.

        Raises:
            StoreUnavailable: nothing was taken out.
        """
        ...


class Erasure:
    """Finds and erases people everywhere.

    Args:
        store: the database.
        archive: the archive, whether it is on or not: it may have been.
        forgetful: those who remember people while the server runs.
    """

    def __init__(
        self,
        store: PersonalDataStore,
        archive: ArchivedPeople,
        forgetful: Sequence[ForgetsPeople] = (),
    ) -> None:
        self._store = store
        self._archive = archive
        self._forgetful = tuple(forgetful)

    async def export(self, user_id: str) -> dict[str, Any]:
        """Return everything that is about a user or names them, by table.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        found: dict[str, Any] = dict(await self._store.export(user_id))
        archived = await self._archive.export_person(user_id)
        if archived:
            found["archive"] = archived
        return found

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
        erased = await self._store.erase(user_id, keep_given=keep_given, may_rebuild=may_rebuild)
        self._forget(user_id)
        events, is_scrubbed = await self._archive.erase_person(user_id, may_rebuild=may_rebuild)
        rows = {**erased.rows, "archive": events} if events else erased.rows
        return replace(erased, rows=rows, is_scrubbed=erased.is_scrubbed and is_scrubbed)

    def _forget(self, user_id: str) -> None:
        for forgetful in self._forgetful:
            forgetful.forget_person(user_id)
