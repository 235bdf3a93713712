"""Fair queue for requests, for times when there are more than one processor can answer.

All work on requests happens in one thread. Requests pass this queue before anything expensive is
done for them; a single request passes at once. If several wait, communities take turns, within a
community its rooms, and within a room the requesting servers. So a raid delays mostly itself.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Final

from countersign.basics.records import record
from countersign.ports.clock import Clock
from countersign.ports.event_loop.short_waits import ShortWait
from countersign.ports.metrics import Metrics
from countersign.service.errors import TryLater

AT_ONCE: Final = 4
"""Number of requests let through in one round of the event loop while nobody waits.

A few that come together are answered sooner, and at less cost, than one in each round. There are
only more if they fit into the length of a round, since another request may be behind them.
"""
ROUND_SECONDS: Final = 0.005
"""Length of a round of the event loop up to which more requests fit in.

A request needs several rounds, so the length of a round delays everybody. But requests that are let
through together cost less each, and the answer to a repeat takes a fourth of the time that a new
event takes. So as many are let through as would have fitted into the last round, and at least one.
"""
PER_ROUND: Final = 1
"""Least number of requests let through in one round of the event loop while others wait."""
MAX_PER_ROUND: Final = 8
MAX_WAITING: Final = 2_000
STALE_SECONDS: Final = 3.0
"""Time after which a waiting request is answered 503, since it cannot be answered in time."""
STRESS_SECONDS: Final = 1.0
"""Waiting time from which on the newest request goes first: the oldest may have timed out."""

WAIT_BUCKETS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)


@record(frozen=True, slots=True, eq=False)
class _Waiter:
    future: ShortWait[None]
    since: float


class _Line:
    """A node of the queue's tree: waiting requests, or branches that take turns.

    Under load there are thousands of nodes, so their members are created only when needed.
    """

    __slots__ = ("branches", "size", "waiters")

    def __init__(self) -> None:
        self.size = 0
        self.waiters: deque[_Waiter] | None = None
        self.branches: OrderedDict[str, _Line] | None = None

    def push(self, path: tuple[str, ...], waiter: _Waiter) -> None:
        line = self
        for key in path:
            line.size += 1
            if line.branches is None:
                line.branches = OrderedDict()
            branch = line.branches.get(key)
            if branch is None:
                branch = line.branches[key] = _Line()
            line = branch
        line.size += 1
        if line.waiters is None:
            line.waiters = deque()
        line.waiters.append(waiter)

    def pop(self, now: float) -> _Waiter:
        """Remove and return the next request."""
        self.size -= 1
        if not self.branches:
            assert self.waiters
            is_stressed = now - self.waiters[0].since > STRESS_SECONDS
            return self.waiters.pop() if is_stressed else self.waiters.popleft()
        key, branch = self.branches.popitem(last=False)
        waiter = branch.pop(now)
        if branch.size:
            self.branches[key] = branch  # behind the others
        return waiter

    def pop_from_longest(self) -> _Waiter:
        """Remove and return the oldest request of the branch with the most requests."""
        self.size -= 1
        if not self.branches:
            assert self.waiters
            return self.waiters.popleft()
        key, branch = max(self.branches.items(), key=lambda item: item[1].size)
        waiter = branch.pop_from_longest()
        if not branch.size:
            del self.branches[key]
        return waiter

    def pop_older_than(self, moment: float) -> Iterator[_Waiter]:
        """Remove and yield all requests that have waited since before `moment`."""
        branches: dict[str, _Line] = self.branches or {}
        for key, branch in tuple(branches.items()):
            for waiter in branch.pop_older_than(moment):
                self.size -= 1
                yield waiter
            if not branch.size:
                del branches[key]
        while self.waiters and self.waiters[0].since < moment:
            self.size -= 1
            yield self.waiters.popleft()


class FairQueue:
    """Admits requests in turn, a few in each round of the event loop.

    Args:
        clock: measures waiting times.
        metrics: has the number of waiting requests, their times, and those that were rejected.
        max_waiting: maximum number of waiting requests; beyond it the largest branch loses its
            oldest.
    """

    def __init__(self, clock: Clock, metrics: Metrics, *, max_waiting: int = MAX_WAITING) -> None:
        self._clock = clock
        self._max_waiting = max_waiting
        self._line = _Line()
        self._per_round = AT_ONCE
        self._passed = 0  # in this round
        self._round_began = 0.0
        self._is_round_due = False
        self._looked_at = 0.0
        metrics.gauge(
            "countersign_waiting_requests",
            "Requests for a signature that wait for their turn.",
            lambda: self._line.size,
        )
        self._waits = metrics.histogram(
            "countersign_wait_seconds",
            "How long requests waited for their turn, of those that had to.",
            WAIT_BUCKETS,
        )
        self._drops = metrics.counter(
            "countersign_dropped_requests_total",
            "Requests that were sent away while they waited: too many, or for too long.",
            reason=("crowded", "stale"),
        )

    async def wait(self, *path: str) -> None:
        """Return when it is the turn of a request.

        Args:
            path: its place in the tree, from the root: community, room, server. Requests with the
                same first part share the turns of that branch.

        Raises:
            TryLater: it waited too long, or there are too many.
        """
        if not self._line.size and self._fits_into_round():
            self._passed += 1
            self._schedule_round()
            return
        now = self._clock.monotonic()
        waiter = _Waiter(ShortWait(loop=asyncio.get_running_loop()), now)
        self._line.push(path, waiter)
        if self._line.size > self._max_waiting:
            self._send_away(self._line.pop_from_longest(), "crowded")
        self._schedule_round()
        await waiter.future
        self._waits.observe(self._clock.monotonic() - now)

    def _fits_into_round(self) -> bool:
        passed = self._passed
        if passed == 0:
            self._round_began = self._clock.monotonic()
        if passed < self._per_round:
            return True
        if passed >= MAX_PER_ROUND:
            return False
        seconds = self._clock.monotonic() - self._round_began
        return 0 < seconds * (passed + 1) <= ROUND_SECONDS * passed

    def _schedule_round(self) -> None:
        if not self._is_round_due:
            self._is_round_due = True
            asyncio.get_running_loop().call_soon(self._begin_round)

    def _begin_round(self) -> None:
        self._is_round_due = False
        passed, self._passed = self._passed, 0
        if not self._line.size:
            self._per_round = AT_ONCE
            return
        now = self._clock.monotonic()
        last_seconds, self._round_began = now - self._round_began, now
        fit = int(passed * ROUND_SECONDS / last_seconds) if last_seconds > 0 else PER_ROUND
        self._per_round = max(PER_ROUND, min(fit, MAX_PER_ROUND))
        self._drop_stale(now)
        while self._passed < self._per_round and self._line.size:
            waiter = self._line.pop(now)
            if not waiter.future.done():
                waiter.future.set_result(None)
                self._passed += 1
        self._schedule_round()

    def _drop_stale(self, now: float) -> None:
        # Not in each round: it walks through the whole tree.
        if now - self._looked_at < STRESS_SECONDS / 4:
            return
        self._looked_at = now
        for waiter in self._line.pop_older_than(now - STALE_SECONDS):
            self._send_away(waiter, "stale")

    def _send_away(self, waiter: _Waiter, reason: str) -> None:
        if not waiter.future.done():
            self._drops.inc(reason)
            waiter.future.set_exception(TryLater())
