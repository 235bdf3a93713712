"""Counting of people who came lately and write, for crowds of them that are not usual."""

from collections import Counter
from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import DAY_MS, HOUR_MS
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.measures.crowds import (
    CAME_MS,
    CROWD_MS,
    USUAL_DAYS,
    NewcomerCrowd,
    usual_people,
)
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.dependencies import strict_raid_steps
from countersign.policy.policies.policy_documents import Policy
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.ports.stores.trust import TrustStore
from countersign.service.answers.event_context import EventContext

MAX_PEOPLE: Final = 1_000
"""Maximum number of people of a community who are counted."""
MAX_COMMUNITIES: Final = 256


class _Writer(NamedTuple):
    """Somebody who came lately: when they wrote last, number of messages, room of the last."""

    wrote_ts: int
    messages: int
    room_id: str


class Crowds:
    """Counts people who came lately and had messages signed; finds crowds that are not usual.

    Accounts of bridges do not count, nor do members.

    Args:
        trust: knows when people came.
        clock: tells the time.
    """

    def __init__(self, trust: TrustStore, clock: Clock) -> None:
        self._trust = trust
        self._clock = clock
        self._writers: BoundedMapping[str, BoundedMapping[str, _Writer]]
        self._writers = BoundedMapping(MAX_COMMUNITIES)
        self._usual: BoundedMapping[str, tuple[int, int]] = BoundedMapping(MAX_COMMUNITIES)
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts) -> None:
        """Share writers with other processes: send those counted here, and count theirs."""
        self._broadcasts = broadcasts
        broadcasts.subscribe(Topic.CAME, self._count)

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`: counts a signed message of somebody who came lately."""
        event = context.event
        if (
            recorded.decision.verdict is not Verdict.SIGN
            or event.standing.level.rank > Trust.NEW.rank
            or event.is_bridged
            or event.is_state
            or not event.seen.texts
        ):
            return
        came_ts = event.standing.first_seen_ts or context.now_ts
        if (
            context.now_ts - came_ts <= CAME_MS
            or self._find_writer(context.community, event.sender) is not None
        ):
            self._count(context.community, event.sender, event.room_id)
            if self._broadcasts is not None:
                self._broadcasts.publish(Topic.CAME, context.community, event.sender, event.room_id)

    async def find(self, community: str, policy: Policy) -> NewcomerCrowd | None:
        """Return the community's crowd; None if there is none, or it is usual, or not asked for.

        Policies without a step that strict raid mode changes do not ask for it.

        Raises:
            StoreUnavailable: it is not known how many people are usual.
        """
        writers = self._present(community)
        joins = policy.raid_rules.joins
        if len(writers) < joins or not strict_raid_steps(policy.pipeline):
            return None
        rooms = Counter[str]()
        for each in writers.values():
            rooms[each.room_id] += each.messages
        crowd = NewcomerCrowd(
            people=len(writers),
            messages=rooms.total(),
            rooms=tuple(room_id for room_id, _ in rooms.most_common()),
            usual=await self._usual_of(community),
        )
        return crowd if crowd.is_unusual(joins) else None

    def forget_people(self) -> None:
        """Forget all users."""
        self._writers.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget a user."""
        for writers in self._writers.values():
            writers.pop(user_id, None)

    def _count(self, community: str, user_id: str, room_id: str) -> None:
        writers = self._writers.use(community)
        if writers is None:
            writers = self._writers[community] = BoundedMapping(MAX_PEOPLE)
        writer = self._find_writer(community, user_id)
        messages = writer.messages + 1 if writer is not None else 1
        writers[user_id] = _Writer(self._clock.now_ts(), messages, room_id)

    def _find_writer(self, community: str, user_id: str) -> _Writer | None:
        """Return what is known of somebody who wrote lately; None if they did not."""
        writer = self._writers.get(community, BoundedMapping(1)).get(user_id)
        if writer is None or writer.wrote_ts < self._clock.now_ts() - CROWD_MS:
            return None
        return writer

    def _present(self, community: str) -> BoundedMapping[str, _Writer]:
        """Return who wrote lately; the others, who come first, are forgotten."""
        writers = self._writers.get(community, BoundedMapping(1))
        since_ts = self._clock.now_ts() - CROWD_MS
        while writers and next(iter(writers.values())).wrote_ts < since_ts:
            writers.forget_oldest()
        return writers

    async def _usual_of(self, community: str) -> int:
        now_ts = self._clock.now_ts()
        read_ts, usual = self._usual.get(community, (0, 0))
        if now_ts - read_ts >= HOUR_MS:
            people = await self._trust.people_by_time(
                community, since_ts=now_ts - USUAL_DAYS * DAY_MS, window_ms=CROWD_MS
            )
            usual = usual_people(people)
            self._usual[community] = now_ts, usual
        return usual
