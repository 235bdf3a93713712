"""The queue of refusals for alerts."""

from collections import deque
from collections.abc import Callable
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.ports.clock import Clock
from countersign.ports.stores.decisions import DecisionQuery, DecisionStore
from countersign.service.answers.event_context import EventContext
from countersign.service.periodic_work import do_every

MAX_WAITING: Final = 5_000
"""Maximum number of queued refusals; further ones appear only in metrics."""
LOOK_EVERY_SECONDS: Final = 2.0
OVERLAP_MS: Final = 20_000
"""Maximum delay between a decision's timestamp and its storage.

Causes are a slow commit, or another machine whose clock is behind."""
MAX_AT_ONCE: Final = 1_000


class Refusals:
    """An observer of decisions that queues refusals.

    Args:
        is_wanted: returns True if a community gets alerts.
    """

    def __init__(self, is_wanted: Callable[[str], bool]) -> None:
        self._is_wanted = is_wanted
        self._waiting: deque[tuple[str, RecordedDecision]] = deque()

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`: queues a refused event."""
        if recorded.decision.verdict is Verdict.REFUSE:
            self.add(context.community, recorded)

    def pop_queued(self) -> list[tuple[str, RecordedDecision]]:
        """Remove and return the queued refusals, each with its community."""
        queued = list(self._waiting)
        self._waiting.clear()
        return queued

    def add(self, community: str, recorded: RecordedDecision) -> None:
        """Queue a refusal, if the queue is not full and the community gets alerts."""
        if len(self._waiting) < MAX_WAITING and self._is_wanted(community):
            self._waiting.append((community, recorded))


class StoredRefusals:
    """Queues stored refusals of all processes; for the process that sends alerts.

    Args:
        refusals: the queue.
        decisions: the stored decisions of all processes.
        community_of: returns the community of a room, by its ID.
    """

    def __init__(
        self,
        refusals: Refusals,
        decisions: DecisionStore,
        community_of: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._refusals = refusals
        self._decisions = decisions
        self._community_of = community_of
        self._clock = clock
        self._seen: BoundedMapping[bytes, None] = BoundedMapping(2 * MAX_WAITING)

    async def run(self) -> None:
        """Look for new refusals every two seconds, until cancelled."""
        await do_every(
            LOOK_EVERY_SECONDS,
            self.read_recent,
            self._clock,
            "alerts lack recent refusals",
        )

    async def read_recent(self) -> None:
        """Queue recent refusals that were not queued before.

        Raises:
            StoreUnavailable: the decisions can't be read now.
        """
        query = DecisionQuery(verdict=Verdict.REFUSE, since_ts=self._clock.now_ts() - OVERLAP_MS)
        for recorded in reversed(await self._decisions.latest(query, limit=MAX_AT_ONCE)):
            if recorded.key not in self._seen:
                self._seen[recorded.key] = None
                self._refusals.add(self._community_of(recorded.room_id), recorded)
