"""Leadership: the work that only one of several processes may do.

The leader holds a lease, and renews it every three seconds. Another process takes it over after ten
seconds without a renewal, or at once when it is returned. A leader that cannot renew it for seven
seconds stops leading before another one begins. The database refuses its later writes, since it
checks the lease in their transactions.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, Final, NamedTuple

import structlog

from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.leases import FENCE, Lease, LeaseStore
from countersign.service.background import BackgroundTasks, Run, Work

log = structlog.get_logger()


class LeaseTimes(NamedTuple):
    """Times by which a lease is held and taken over, in seconds.

    Attributes:
        look: interval between reads of another process's lease.
        renew: interval between renewals.
        step_down: time after the last renewal when a leader stops; less than `take_over`.
        take_over: time after the last observed renewal when another process takes the lease.
    """

    look: float = 1.0
    renew: float = 3.0
    step_down: float = 7.0
    take_over: float = 10.0


TIMES: Final = LeaseTimes()


class _Duty(NamedTuple):
    """A kind of work that only the leader does."""

    work: Work
    run: Run
    about: str
    is_endless: bool


class Leadership:
    """Runs the leader's duties while this process is the leader.

    Args:
        holder: the name of this process.
        store: keeps the lease; None if there is only one process, which always leads.
        background: runs the work.
        may_lead: this process may become the leader.
        times: see `LeaseTimes`.
    """

    def __init__(
        self,
        holder: str,
        store: LeaseStore | None,
        clock: Clock,
        background: BackgroundTasks,
        *,
        may_lead: bool = True,
        times: LeaseTimes = TIMES,
    ) -> None:
        self._times = times
        self._may_lead = may_lead
        self._holder = holder
        self._store = store
        self._clock = clock
        self._background = background
        self._duties: dict[tuple[Work, str], _Duty] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._lease: Lease | None = None
        self._on_begin: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._is_leading = store is None
        self._context = copy_context()

    @property
    def is_leading(self) -> bool:
        """True if this process is the leader now."""
        return self._is_leading

    @property
    def may_lead(self) -> bool:
        """True if there may be other processes, and this one may become the leader."""
        return self._store is not None and self._may_lead

    @property
    def is_waiting(self) -> bool:
        """True if another process leads, and this one may take over."""
        return self.may_lead and not self._is_leading

    @property
    def is_alone(self) -> bool:
        """True if there is no other process."""
        return self._store is None

    @property
    def waiting_duties(self) -> int:
        """The number of registered duties that are not done yet."""
        return len(self._duties)

    def on_begin(self, prepare: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Await `prepare` before the duties begin, to read data that only the leader keeps."""
        self._on_begin.append(prepare)

    def keep_running(self, work: Work, run: Run, about: str = "") -> None:
        """Run endless work while this process leads; see `BackgroundTasks.keep_running`."""
        self._add(_Duty(work, run, about, is_endless=True))

    def run_until_done(self, work: Work, run: Run, about: str = "") -> None:
        """Run work while this process leads.

        It starts again whenever this process becomes the leader, until it has completed once.
        """
        self._add(_Duty(work, run, about, is_endless=False))

    async def begin(self) -> None:
        """Prepare to lead if there is no other process; duties then begin when they are added."""
        if self._store is None:
            await self._prepare()

    async def run(self) -> None:
        """Hold the lease, or wait for it, until cancelled."""
        store = self._store
        if store is None or not self._may_lead:
            await asyncio.Event().wait()
            return
        try:
            while True:
                self._lease = await self._wait_for_lease(store)
                log.info("this process leads", process=self._holder, epoch=self._lease.epoch)
                await self._lead(store, self._lease)
                log.warning("this process leads no more", process=self._holder)
        finally:
            # All work has ended before the next process begins.
            await self._stop()
            if self._lease is not None:
                with suppress(StoreUnavailable):
                    await asyncio.shield(store.release(self._lease))

    async def _wait_for_lease(self, store: LeaseStore) -> Lease:
        """Wait until no other process holds the lease; take and return it."""
        seen: Lease | None = None
        seen_at = self._clock.monotonic()
        while True:
            with suppress(StoreUnavailable):
                lease = await store.find()
                if lease != seen:
                    seen, seen_at = lease, self._clock.monotonic()
                is_free = lease is None or lease.holder in ("", self._holder)
                if is_free or self._clock.monotonic() - seen_at >= self._times.take_over:
                    lease_taken = await store.acquire(self._holder, lease)
                    if lease_taken is not None:
                        return lease_taken
            await self._clock.sleep(self._times.look)

    async def _lead(self, store: LeaseStore, lease: Lease) -> None:
        """Run the duties until the lease is lost."""
        renewed_at = self._clock.monotonic()
        try:
            fence = FENCE.set(lease)  # the tasks that are begun here have it
            try:
                await self._begin()
            finally:
                FENCE.reset(fence)
            pause_seconds = self._times.renew
            while (
                seconds_left := renewed_at + self._times.step_down - self._clock.monotonic()
            ) > 0:
                await self._clock.sleep(min(pause_seconds, seconds_left))
                asked_at = self._clock.monotonic()
                try:
                    async with asyncio.timeout(
                        max(0.0, renewed_at + self._times.step_down - asked_at)
                    ):
                        renewed = await store.renew(lease)
                except (StoreUnavailable, TimeoutError):
                    pause_seconds = self._times.look
                    continue
                if renewed is None:
                    self._lease = None
                    return
                renewed_at, pause_seconds = asked_at, self._times.renew
        finally:
            await self._stop()

    async def _prepare(self) -> None:
        for prepare in self._on_begin:
            await prepare()

    async def _begin(self) -> None:
        await self._prepare()
        self._is_leading, self._context = True, copy_context()
        for duty in list(self._duties.values()):
            self._start(duty)

    async def _stop(self) -> None:
        self._is_leading = False
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _add(self, duty: _Duty) -> None:
        if self._store is not None and not self._may_lead:
            return  # it would be kept for ever
        self._duties[duty.work, duty.about] = duty
        if self._is_leading:
            self._context.run(self._start, duty)

    def _start(self, duty: _Duty) -> None:
        background = self._background
        start = background.keep_running if duty.is_endless else background.run_until_done
        task = start(duty.work, duty.run, duty.about)
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, duty))

    def _ended(self, duty: _Duty, task: "asyncio.Task[None]") -> None:
        """Remove completed work; cancelled work starts again with the next lease."""
        self._tasks.discard(task)
        key = duty.work, duty.about
        if not task.cancelled() and self._duties.get(key) is duty:
            del self._duties[key]
