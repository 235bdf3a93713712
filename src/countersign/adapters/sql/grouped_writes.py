"""Writes of several callers in one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

from countersign.adapters.sql.database import Connection, Database
from countersign.ports.stores.processes.leases import FENCE, Lease

T = TypeVar("T")
_MAX_GROUP: Final = 200
_QUICK_SECONDS: Final = 1.0
"""Time within which the database refuses an item; if it is lost, that takes longer."""
_Waiting: TypeAlias = list[tuple[T, asyncio.Future[None]]]


class GroupedWrites(Generic[T]):
    """Stores items that callers add while a transaction is under way in the next one, together.

    What a leader writes is written apart from the rest: its lease is checked in the transaction.

    Args:
        write: stores items, in their order.
    """

    def __init__(
        self, database: Database, write: Callable[[Connection, Sequence[T]], None]
    ) -> None:
        self._database = database
        self._write = write
        self._waiting: dict[Lease | None, _Waiting[T]] = {}
        self._working: set[asyncio.Task[None]] = set()

    async def add(self, item: T) -> None:
        """Store an item; return once it is durable.

        Raises:
            StoreUnavailable: it is not known to be stored.
        """
        loop, lease = asyncio.get_running_loop(), FENCE.get()
        waiter: asyncio.Future[None] = loop.create_future()
        waiting = self._waiting.get(lease)
        if waiting is not None:
            waiting.append((item, waiter))
        else:
            self._waiting[lease] = [(item, waiter)]
            task = loop.create_task(self._work(lease))  # it has the caller's lease
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        await waiter

    async def _work(self, lease: Lease | None) -> None:
        while waiting := self._waiting[lease]:
            await asyncio.sleep(0)  # so that all items of this round are in the transaction
            group = waiting[:_MAX_GROUP]
            del waiting[:_MAX_GROUP]
            await self._carry_out(group)
        del self._waiting[lease]

    async def _carry_out(self, group: _Waiting[T]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        items = [item for item, _ in group]
        try:
            await self._database.write(lambda connection: self._write(connection, items))
        except Exception as error:  # noqa: BLE001 - all callers must get an answer
            if len(group) > 1 and loop.time() - began < _QUICK_SECONDS:
                for each in group:  # so that only the one that cannot be stored gets an error
                    await self._carry_out([each])
                return
            for _, waiter in group:
                if not waiter.done():
                    waiter.set_exception(error)
            return
        for _, waiter in group:
            if not waiter.done():  # a caller may have been cancelled
                waiter.set_result(None)
