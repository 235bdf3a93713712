"""Simulated processes of one server: each has measures and a service that decides of its own."""

import asyncio
from collections import deque
from dataclasses import dataclass
from random import Random  # noqa: TID251 - seeded, so that a run can be repeated
from typing import Any

from countersign.adapters.memory.counters import MemoryCounters
from countersign.bootstrap.judgement import build_decide
from countersign.bootstrap.measures import Measures, build_measures, share_measures
from countersign.bootstrap.parts.processes import listen_with_measures
from countersign.ports.broadcasts import Topic
from countersign.ports.stores.bundle import Stores
from countersign.ports.stores.leaks import Leak
from countersign.service.evaluation.decide import Decide
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.identity import Identity
from countersign.service.leaks.split_messages import SplitMessages
from countersign.service.policies.policies_in_force import Policies
from countersign.service.processes.change_feed import ChangeFeed
from countersign.testing.clocks import ManualClock
from tests.contracts.broadcasts import Hub, HubBroadcasts

BROADCASTS_TAKE_SECONDS = 0.04
"""Time until other processes hear a broadcast; those of 20 ms are sent together."""
CHANGES_TAKE_SECONDS = 1.0
"""Time until other processes know what one stored: it stores a little later, and they look."""


@dataclass(frozen=True)
class SimulatedProcess:
    """Parts that each process has of its own."""

    measures: Measures
    decide: Decide
    parts: SplitMessages
    changes: ChangeFeed
    broadcasts: "_LateBroadcasts"


class SimulatedProcesses:
    """Processes that share a database, counters and broadcasts, and take events by turns.

    The counters are those in memory, of which `tests/adapters/valkey` shows that a server gives
    the same answers.

    Args:
        count: how many processes.
        identity: our server.
        stores: of the database.
        clock: tells the time.
        policies: the policies in force.
        leaks: where leaks are recorded.
        deciding: what else `build_decide` is told.
    """

    def __init__(
        self,
        count: int,
        identity: Identity,
        *,
        stores: Stores,
        clock: ManualClock,
        policies: Policies,
        leaks: Any,
        **deciding: Any,
    ) -> None:
        self._clock = clock
        self._turns = Random(count)
        self._exchanged_at = clock.monotonic()
        hub, counters = Hub(), MemoryCounters(clock)
        self._processes: list[SimulatedProcess] = []
        for _ in range(count):
            measures = build_measures(stores, clock, indicator_secret=b"i" * 32, counters=counters)
            changes = ChangeFeed(stores.changes, is_shared=True)
            broadcasts = _LateBroadcasts(hub.join(), clock)
            if count > 1:
                share_measures(measures, broadcasts, clock)
                listen_with_measures(changes, measures)
            parts = SplitMessages(leaks, clock)
            decide = build_decide(
                identity,
                policies=policies,
                decisions=RecentDecisions(stores.decisions),
                clock=clock,
                measures=measures,
                observers=(parts,),
                **deciding,
            )
            self._processes.append(SimulatedProcess(measures, decide, parts, changes, broadcasts))

    @property
    def leader(self) -> SimulatedProcess:
        """The process that follows the rooms."""
        return self._processes[0]

    def choose(self) -> SimulatedProcess:
        """Return the process that is asked next."""
        return self._turns.choice(self._processes)

    async def exchange(self) -> None:
        """Let each process know what others told or stored, if it has had the time for that."""
        if len(self._processes) == 1:
            return
        for each in self._processes:
            each.broadcasts.deliver()
        if self._clock.monotonic() - self._exchanged_at < CHANGES_TAKE_SECONDS:
            return
        self._exchanged_at = self._clock.monotonic()
        for each in self._processes:
            for learned in each.measures.learned().values():
                await learned.save()
        for each in self._processes:
            await each.changes.poll()

    async def save_mutes(self) -> None:
        """Store all mutes."""
        for each in self._processes:
            await each.measures.mutes.save()

    async def hand_over(self) -> None:
        """Have the parts of refused messages handed over."""
        for each in self._processes:
            recording = asyncio.create_task(each.parts.run((), lambda: None))
            await asyncio.sleep(0)  # until nothing waits: recording in memory takes no time
            recording.cancel()


class _LateBroadcasts:
    """`Broadcasts` that others hear some time later, by the simulated clock."""

    def __init__(self, broadcasts: HubBroadcasts, clock: ManualClock) -> None:
        self._broadcasts = broadcasts
        self._clock = clock
        self._waiting: deque[tuple[float, Topic, tuple[str, ...]]] = deque()
        self.subscribe = broadcasts.subscribe
        self.count = broadcasts.count

    def publish(self, topic: Topic, *words: str) -> None:
        due = self._clock.monotonic() + BROADCASTS_TAKE_SECONDS
        self._waiting.append((due, topic, words))

    def deliver(self) -> None:
        """Pass on the messages that are due."""
        while self._waiting and self._waiting[0][0] <= self._clock.monotonic():
            _, topic, words = self._waiting.popleft()
            self._broadcasts.publish(topic, *words)


class HandedOver:
    """Takes the parts of refused messages that are handed over for redaction."""

    def __init__(self) -> None:
        self.event_ids: set[str] = set()

    async def record(self, leak: Leak, recipients: object, *, max_waiting: int) -> bool:
        self.event_ids.add(leak.event_id)
        return True
