"""Change feed: data that other processes changed are read again within a second.

Each part with a cache listens to its topic. The change numbers of all topics are read every half
second by one small query.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog

from countersign.basics.backoff import Backoff
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.changes import ChangeStore, Topic

POLL_SECONDS: Final = 0.5
SPACED_SECONDS: Final = 0.1
"""Minimum interval between looks that strangers can cause."""
BACKOFF: Final = Backoff(first=1, longest=60)
"""Delays before a listener that failed unexpectedly is called again, in seconds."""
_MAX_REASON_CHARS: Final = 200
_NO_NUMBER: Final = -1
"""In place of the number that a listener knows, if it must read everything again."""

log = structlog.get_logger()

Listener: TypeAlias = Callable[[int], Awaitable[None]]
"""Takes over the changes after the one with this number.

It raises `StoreUnavailable` to be called again. Its own process's changes are included.
"""


@dataclass(frozen=True, slots=True)
class _Failing:
    """A listener that failed unexpectedly, and the time of the next call, by the loop's clock."""

    topic: Topic
    reason: str
    failures: int
    due: float


CatchUp: TypeAlias = Callable[[], Awaitable[None]]
"""Returns when this process knows all that others changed before the call; see `ChangeFeed`."""


async def nothing_to_catch_up() -> None:
    """Return at once: no other process changes anything."""


class ChangeFeed:
    """Calls listeners for changes; does nothing if no other process uses the store.

    Args:
        store: has the change numbers.
        is_shared: other processes change the store, too.
    """

    def __init__(self, store: ChangeStore, *, is_shared: bool) -> None:
        self._store = store
        self._is_shared = is_shared
        self._seen: Mapping[Topic, int] = {}
        self._notified: dict[tuple[Topic, int], int] = {}
        self._listeners: list[tuple[Topic, Listener]] = []
        self._one_at_a_time = asyncio.Lock()
        self._looks = 0
        self._looked_at = float("-inf")
        self._spacing = asyncio.Lock()
        self._failing: dict[int, _Failing] = {}
        self._is_forgotten = False

    def listen(self, topic: Topic, listener: Listener) -> None:
        """Call `listener` for changes of the topic after the last `begin`."""
        self._listeners.append((topic, listener))

    def forget_numbers(self) -> None:
        """Have every listener read everything again at the next look.

        After a standby took over, a lost change and a later one can have the same number.
        """
        self._is_forgotten = True

    def find_trouble(self) -> str | None:
        """Return a sentence on changes that cannot be taken over; None if there are none."""
        for failing in self._failing.values():
            return (
                f"changes of {failing.topic.value} by other processes could not be taken over "
                f"{failing.failures} times in a row, last: {failing.reason}"
            )
        return None

    async def begin(self) -> None:
        """Read the change numbers; call this before anything else is read from the store.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        if self._is_shared:
            self._seen = await self._store.numbers()

    async def run(self) -> None:
        """Call listeners for changes, until cancelled."""
        is_troubled = False
        while self._is_shared:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.poll()
            except StoreUnavailable as error:
                if not is_troubled:
                    log.warning("what other processes changed is not known yet", reason=str(error))
                is_troubled = True
            else:
                is_troubled = False
        await asyncio.Event().wait()

    async def catch_up(self) -> None:
        """Call listeners for all changes up to now, if other processes change the store too.

        Raises:
            StoreUnavailable: not all could be told; they are the next time.
        """
        if self._is_shared:
            await self._look_after(self._looks)

    async def catch_up_spaced(self) -> None:
        """Catch up, ten times a second at most, for calls that strangers can cause; others wait.

        Raises:
            StoreUnavailable: see `catch_up`.
        """
        if not self._is_shared:
            return
        begun = self._looks
        async with self._spacing:
            if self._looks == begun:
                now = asyncio.get_running_loop().time()
                await asyncio.sleep(max(0.0, self._looked_at + SPACED_SECONDS - now))
            await self._look_after(begun)

    async def _look_after(self, begun: int) -> None:
        async with self._one_at_a_time:
            # Callers share a look that begins after their call: many at once cause two looks.
            if self._looks == begun:
                await self._look()

    async def poll(self) -> None:
        """Call listeners for changes since the last look; a failing one does not affect others.

        Raises:
            StoreUnavailable: not all could be told; they are the next time.
        """
        async with self._one_at_a_time:
            await self._look()

    async def _look(self) -> None:
        self._looks += 1
        self._looked_at = asyncio.get_running_loop().time()
        numbers = await self._store.numbers()
        if self._is_forgotten:
            self._is_forgotten = False
            self._notified = {
                (topic, index): _NO_NUMBER for index, (topic, _) in enumerate(self._listeners)
            }
        trouble: StoreUnavailable | None = None
        for index, (topic, listener) in enumerate(self._listeners):
            number = numbers.get(topic, 0)
            notified = self._notified.get((topic, index), self._seen.get(topic, 0))
            # A smaller number means another database: a backup was restored.
            if number == notified or self._is_put_off(index):
                continue
            try:
                await listener(notified if number > notified > 0 else 0)
            except StoreUnavailable as error:
                trouble = error
            except Exception as error:
                self._note_failure(index, topic, error)
                log.exception("what other processes changed was not taken over", topic=topic.value)
            else:
                self._notified[topic, index] = number
                self._failing.pop(index, None)
        if trouble is not None:
            raise trouble

    def _is_put_off(self, index: int) -> bool:
        failing = self._failing.get(index)
        return failing is not None and asyncio.get_running_loop().time() < failing.due

    def _note_failure(self, index: int, topic: Topic, error: Exception) -> None:
        failing = self._failing.get(index)
        failures = 1 if failing is None else failing.failures + 1
        due = asyncio.get_running_loop().time() + BACKOFF.seconds(failures)
        reason = f"{type(error).__name__}: {error}"[:_MAX_REASON_CHARS]
        self._failing[index] = _Failing(topic, reason, failures, due)
