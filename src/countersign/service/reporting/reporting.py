"""Reports taken from members of a room, of events in it that were signed.

A report puts an event before a moderator. It refuses, mutes and weighs nothing, however many there
are.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.measures.trust_records import Trust
from countersign.ports.clock import Clock
from countersign.ports.metrics import Metrics
from countersign.ports.stores.decisions import DecisionStore
from countersign.ports.stores.review.reports import (
    MAX_REPORTERS,
    Report,
    ReportAdded,
    ReportedEvent,
    ReportLimits,
    ReportStore,
)
from countersign.ports.stores.review.reviews import Review, ReviewAnswer, ReviewState, ReviewStore
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import Policies
from countersign.service.reporting.returning import returned_ts
from countersign.service.rooms.room import Room
from countersign.service.slices import ITEMS_A_SLICE

MAX_TEXT_CHARS: Final = 500
OF_REPORTER_A_DAY: Final = 10
OF_SENDER_A_DAY: Final = 20
"""Maximum number of different events of one sender; moderators judge the person by twenty."""
_STRANGERS_SHARE: Final = 2
"""Divisor: at most half of a day's reports may be by people new to the community."""
_DOMAINS_SHARE: Final = 5
"""A fifth of them may come from such people of one registrable domain."""
_NONE: Final = "none"


class FindRooms(Protocol):
    """Finds the rooms that we are or were in."""

    def get(self, room_id: str) -> Room | None:
        """Return a room, by its ID."""
        ...

    def all(self) -> Iterable[Room]:
        """Return every room."""
        ...


class Outcome(Enum):
    """Result of a report that its reporter may see."""

    WAITS = "waits"
    ACTED = "acted"
    LEFT = "left"
    """Moderators looked at the event, and left it as it is."""


@dataclass(frozen=True, slots=True)
class ReportStanding:
    """Report of a member, and its result.

    Attributes:
        made_ts: the time when it was made, in ms since the epoch.
        outcome: what came of it.
    """

    made_ts: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Taken:
    """Result of an attempt to report an event.

    Attributes:
        key: the key of the decision on it, if it is reported now, perhaps by enough others; None
            otherwise.
        is_full: it could be reported, and a limit is reached.
    """

    key: bytes | None = None
    is_full: bool = False


class Reporting:
    """Takes reports, one for each event and reporter.

    Args:
        store: keeps reports.
        decisions: decisions on signed events.
        reviews: answers of moderators.
        server_name: our server name, which protected rooms name.
        rooms: the members of rooms.
        policies: map rooms to communities.
        trust: people known to a community.
        metrics: counts reports.
        domain_of: returns the registrable domain of a server.
        per_day: maximum number of reports in one community in 24 hours.
    """

    def __init__(
        self,
        store: ReportStore,
        *,
        decisions: DecisionStore,
        reviews: ReviewStore,
        server_name: str,
        rooms: FindRooms,
        policies: Policies,
        trust: TrustRecords,
        clock: Clock,
        metrics: Metrics,
        domain_of: Callable[[str], str],
        per_day: int,
    ) -> None:
        self._store = store
        self._decisions = decisions
        self._reviews = reviews
        self._server_name = server_name
        self._rooms = rooms
        self._policies = policies
        self._trust = trust
        self._clock = clock
        self._domain_of = domain_of
        self._per_day = per_day
        self._made = metrics.counter(
            "countersign_reports_total",
            "Events that people reported, by what became of the report.",
            result=[*(result.value for result in ReportAdded), _NONE],
        )

    async def language_for(self, user_id: str) -> str | None:
        """Return the language of a protected room that a user is in; None if they are in none."""
        for number, room in enumerate(self._rooms.all(), 1):
            if number % ITEMS_A_SLICE == 0:
                await asyncio.sleep(0)
            if self._protects(room) and room.state.membership_of(user_id) == "join":
                return self._policies.language_of(room.room_id)
        return None

    async def take(self, reporter: str, event_id: str, text: str) -> Taken:
        """Store a report, if there is such an event in a room that its reporter is in.

        Args:
            reporter: the user who reports.
            event_id: the ID of the event.
            text: what is wrong with it; may be empty.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        recorded = await self._reportable(reporter, event_id)
        if recorded is None:
            self._made.inc(_NONE)
            return Taken()
        community = self._policies.for_room(recorded.room_id).name
        added = await self._store.add(
            Report(
                key=recorded.key,
                reference=recorded.reference,
                community=community,
                room_id=recorded.room_id,
                sender=recorded.sender,
                reporter=reporter,
                domain=self._domain_of(reporter.partition(":")[2]),
                is_known=await self._is_known(reporter, recorded.room_id),
                text=text,
                made_ts=self._clock.now_ts(),
            ),
            self._limits(),
        )
        self._made.inc(added.value)
        if added is ReportAdded.FULL:
            return Taken(is_full=True)
        return Taken(key=recorded.key)

    async def standings(
        self, reporter: str, keys: Collection[bytes]
    ) -> dict[bytes, ReportStanding]:
        """Return the results of a person's reports that are still stored.

        Args:
            reporter: the person.
            keys: the keys of the decisions on the events, which they asked `take` to report.

        Raises:
            StoreUnavailable: it is not known now.
        """
        if not keys:
            return {}
        made = await self._store.made_by(reporter)
        reviews = await self._reviews.find(keys)
        standings = {}
        for key in keys:
            event = await self._store.find(key)
            if event is None:
                continue
            # Of an event that enough others reported, further reports are not stored.
            is_counted = key in made or event.reporters >= MAX_REPORTERS
            if is_counted:
                made_ts = made.get(key, event.made_ts[-1])
                standings[key] = ReportStanding(made_ts, _outcome(event, reviews.get(key)))
        return standings

    async def _reportable(self, reporter: str, event_id: str) -> RecordedDecision | None:
        """Return the decision on an event of somebody else's in a room that a user is in."""
        decisions = await self._decisions.find_by_reference(event_id)
        if len(decisions) != 1:
            return None
        (recorded,) = decisions
        room = self._rooms.get(recorded.room_id)
        if room is None or not self._protects(room):
            return None
        may = (
            recorded.decision.verdict is Verdict.SIGN
            and recorded.details_gone is None
            and recorded.sender != reporter
            and room.state.membership_of(reporter) == "join"
        )
        return recorded if may else None

    async def _is_known(self, user_id: str, room_id: str) -> bool:
        community = self._policies.for_room(room_id)
        standing = self._trust.standing_of(
            user_id,
            await self._trust.find(community.name, user_id),
            self._rooms.get(room_id),
            community.policy,
            None,
        )
        return standing.level.rank >= Trust.MEMBER.rank

    def _limits(self) -> ReportLimits:
        return ReportLimits(
            since_ts=self._clock.now_ts() - DAY_MS,
            per_day=self._per_day,
            of_strangers=max(1, self._per_day // _STRANGERS_SHARE),
            of_domain=max(1, self._per_day // _DOMAINS_SHARE),
            of_reporter=OF_REPORTER_A_DAY,
            of_sender=OF_SENDER_A_DAY,
        )

    def _protects(self, room: Room) -> bool:
        """Return True if we are in a room that names us."""
        policy = room.state.room_policy
        return room.is_joined and policy is not None and policy.via == self._server_name


def _outcome(event: ReportedEvent, review: Review | None) -> Outcome:
    if review is None or review.state is not ReviewState.HANDLED:
        return Outcome.WAITS
    if returned_ts(event, review) is not None:
        return Outcome.WAITS
    return Outcome.ACTED if review.answer is ReviewAnswer.SPAM else Outcome.LEFT
