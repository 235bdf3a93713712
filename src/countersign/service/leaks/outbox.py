"""Outbox: delivery of leaks to recipients that redact them, in order, with retries.

Each recipient has a queue of its own in the store, so a restart continues it, and an unreachable
recipient does not delay others. A delivery is marked after it was made. After a crash in between it
is repeated with the same ID, by which the recipient recognises it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

import structlog

from countersign.basics.backoff import Backoff
from countersign.basics.durations import DAY_MS
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.leaks import Leak, LeakStore, OutboxState
from countersign.protocol.errors import CountersignError
from countersign.service.background import Work
from countersign.service.processes.leadership import Leadership

BACKOFF: Final = Backoff(first=2, factor=5, longest=3_600)
"""Pauses before a recipient is tried again after failures, in seconds."""

GIVE_UP_AFTER_MS: Final = DAY_MS
"""Age of a leak up to which its delivery is tried."""

MAX_WAITING: Final = 10_000
"""Maximum number of leaks that wait for one recipient."""

_OUTCOME_CHARS: Final = 300
_GONE: Final = "the settings name this recipient no more"

log = structlog.get_logger()


class DeliveryFailed(CountersignError):
    """A delivery failed and is to be tried again; the message is the reason, as a clause.

    Args:
        message: the reason.
        room_id: the room to which the failure is limited; None to pause the whole recipient.
    """

    def __init__(self, message: str, *, room_id: str | None = None) -> None:
        super().__init__(message)
        self.room_id = room_id


class DeliveryPointless(CountersignError):
    """The recipient can never act on this leak; the message is the reason, as a clause."""


class Recipient(Protocol):
    """A recipient of leaks."""

    @property
    def name(self) -> str:
        """Return the name under which the store keeps its queue; must not change."""

    @property
    def most_at_once(self) -> int:
        """Return the maximum number of leaks in one delivery."""

    async def deliver(self, leaks: Sequence[Leak]) -> str:
        """Deliver these leaks, all or none; return the result as a clause.

        Raises:
            DeliveryFailed: try again later.
            DeliveryPointless: never try again.
        """


def outbox_entry_id(leak: Leak, recipient: str) -> str:
    """Return the ID of one outbox entry, which is the same at every attempt."""
    return sha256(leak.key + recipient.encode()).hexdigest()[:32]


class Outbox:
    """Delivers to each recipient the leaks in its queue."""

    def __init__(
        self,
        recipients: Sequence[Recipient],
        *,
        store: LeakStore,
        clock: Clock,
        backoff: Backoff = BACKOFF,
    ) -> None:
        self._queues = [_Queue(recipient, store, clock, backoff) for recipient in recipients]
        self._store = store

    @property
    def recipients(self) -> tuple[str, ...]:
        """The names of the recipients."""
        return tuple(queue.name for queue in self._queues)

    def wake(self) -> None:
        """Wake the deliveries: there may be new leaks."""
        for queue in self._queues:
            queue.wake()

    async def apply_changes(self, changed_after: int) -> None:  # noqa: ARG002 - the queues say it
        """Wake the deliveries: another process may have recorded a leak."""
        self.wake()

    def start(self, leadership: Leadership) -> None:
        """Start one task for each recipient; a failing recipient does not delay others."""
        leadership.run_until_done(Work.OUTBOX, self._forget_others, "former recipients")
        for queue in self._queues:
            leadership.keep_running(Work.OUTBOX, queue.run, queue.name)

    async def _forget_others(self) -> None:
        try:
            await self._store.abandon_other_recipients(self.recipients, _GONE)
        except StoreUnavailable as error:
            log.warning("hand-overs to former recipients are left as they are", reason=str(error))


@dataclass(frozen=True, slots=True)
class _SetAside:
    """A room that is paused after a failure, so that it does not delay others."""

    failures: int
    until: float


class _Queue:
    """The delivery to one recipient."""

    def __init__(
        self,
        recipient: Recipient,
        store: LeakStore,
        clock: Clock,
        backoff: Backoff,
    ) -> None:
        self.name = recipient.name
        self._recipient = recipient
        self._store = store
        self._clock = clock
        self._backoff = backoff
        self._failures = 0
        self._set_aside: dict[str, _SetAside] = {}
        self._something = asyncio.Event()

    def wake(self) -> None:
        self._something.set()

    async def run(self) -> None:
        self._something.set()  # entries of a former run may wait
        while True:
            await self._wait()
            try:
                is_well = await self._deliver_some()
            except StoreUnavailable as error:
                log.warning("leaks cannot be handed over", reason=str(error))
                is_well = False
            if is_well:
                self._failures = 0
            else:
                await self._pause()

    async def _deliver_some(self) -> bool:
        """Deliver the next few leaks; return True if that succeeded."""
        self._something.clear()
        leaks = await self._store.waiting(
            self.name, self._recipient.most_at_once, except_rooms=self._rooms_left_alone()
        )
        if not leaks:
            return True
        self._something.set()  # there may be more
        leaks = await self._without_the_old(leaks)
        if not leaks:
            return True
        try:
            outcome = await self._recipient.deliver(leaks)
        except DeliveryPointless as error:
            await self._settle(leaks, OutboxState.GIVEN_UP, str(error))
        except DeliveryFailed as error:
            await self._settle(leaks, OutboxState.WAITING, str(error))
            log.warning("a leak could not be handed over", recipient=self.name, reason=str(error))
            if error.room_id is None:
                return False
            self._leave_alone(error.room_id)
        except (
            CountersignError
        ) as error:  # a failure on our side is handled like one of the recipient
            await self._settle(leaks, OutboxState.WAITING, str(error))
            log.warning("a leak could not be handed over", recipient=self.name, reason=str(error))
            return False
        else:
            await self._settle(leaks, OutboxState.DONE, outcome)
            for leak in leaks:
                self._set_aside.pop(leak.room_id, None)
        return True

    async def _wait(self) -> None:
        """Wait until there may be something to deliver."""
        now = self._clock.monotonic()
        later = [each.until for each in self._set_aside.values() if each.until > now]
        with suppress(TimeoutError):
            async with asyncio.timeout(min(later) - now if later else None):
                await self._something.wait()

    def _leave_alone(self, room_id: str) -> None:
        before = self._set_aside.get(room_id)
        failures = 1 if before is None else before.failures + 1
        pause_seconds = self._backoff.seconds(failures)
        self._set_aside[room_id] = _SetAside(failures, self._clock.monotonic() + pause_seconds)

    def _rooms_left_alone(self) -> list[str]:
        now = self._clock.monotonic()
        return [room_id for room_id, each in self._set_aside.items() if each.until > now]

    async def _without_the_old(self, leaks: Sequence[Leak]) -> list[Leak]:
        before_ts = self._clock.now_ts() - GIVE_UP_AFTER_MS
        old = [leak for leak in leaks if leak.noticed_ts < before_ts]
        if old:
            await self._settle(old, OutboxState.GIVEN_UP, "in vain for a day")
        return [leak for leak in leaks if leak not in old]

    async def _settle(self, leaks: Sequence[Leak], state: OutboxState, outcome: str) -> None:
        await self._store.settle(
            [leak.key for leak in leaks],
            self.name,
            state=state,
            outcome=outcome[:_OUTCOME_CHARS],
            tried_ts=self._clock.now_ts(),
        )

    async def _pause(self) -> None:
        self._failures += 1
        await self._clock.sleep(self._backoff.seconds(self._failures))
        self._something.set()
