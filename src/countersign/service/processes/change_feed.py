"""Change feed: what other processes changed is read again within a second.

Each part that remembers something listens to its topic. The numbers of all topics are read every
half second, which costs one small query whatever the number of processes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import structlog

from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.changes import ChangeStore, Topic

POLL_SECONDS: Final = 0.5

log = structlog.get_logger()

Listener: TypeAlias = Callable[[int], Awaitable[None]]
"""Takes over what changed after the change of that number; raises `StoreUnavailable` to be told
again. It is told of changes of its own process too."""


class ChangeFeed:
    """Tells listeners what changed; does nothing where one process has the store to itself.

    Args:
        store: counts changes.
        is_shared: other processes change the store too.
    """

    def __init__(self, store: ChangeStore, *, is_shared: bool) -> None:
        self._store = store
        self._is_shared = is_shared
        self._seen: Mapping[Topic, int] = {}
        self._told: dict[tuple[Topic, int], int] = {}
        self._listeners: list[tuple[Topic, Listener]] = []

    def listen(self, topic: Topic, listener: Listener) -> None:
        """Have `listener` told of the topic's changes after those of the last `begin`."""
        self._listeners.append((topic, listener))

    async def begin(self) -> None:
        """Take note of what is stored from now on; comes before anything is read from the store.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        if self._is_shared:
            self._seen = await self._store.numbers()

    async def run(self) -> None:
        """Tell listeners of changes, for ever."""
        is_troubled = False
        while self._is_shared:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.look()
            except StoreUnavailable as error:
                if not is_troubled:
                    log.warning("what other processes changed is not known yet", reason=str(error))
                is_troubled = True
            else:
                is_troubled = False
        await asyncio.Event().wait()

    async def look(self) -> None:
        """Tell listeners of what changed since the last look.

        Raises:
            StoreUnavailable: not all could be told; they are the next time.
        """
        numbers = await self._store.numbers()
        trouble: StoreUnavailable | None = None
        for index, (topic, listener) in enumerate(self._listeners):
            number = numbers.get(topic, 0)
            told = self._told.get((topic, index), self._seen.get(topic, 0))
            # A smaller number is that of another database: a backup was restored.
            if number == told:
                continue
            try:
                await listener(told if number > told else 0)
            except StoreUnavailable as error:
                trouble = error
            else:
                self._told[topic, index] = number
        if trouble is not None:
            raise trouble
