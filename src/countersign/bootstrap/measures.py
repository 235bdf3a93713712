"""Construction, loading and saving of measures."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

import structlog

from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.public_suffixes import registrable_domain
from countersign.adapters.system import SystemRandomness
from countersign.ports.broadcasts import Broadcasts
from countersign.ports.clock import Clock
from countersign.ports.counters import Counters
from countersign.ports.errors import StoreUnavailable
from countersign.ports.indicators import IndicatorStore
from countersign.ports.stores.bundle import Stores
from countersign.ports.stores.moderation import ModerationStore
from countersign.ports.stores.trust import TrustStore
from countersign.service.answers.people import ActivePeople
from countersign.service.answers.vouched_texts import VouchedTexts
from countersign.service.background import BackgroundTasks, Work
from countersign.service.evaluation.step_costs import StepCosts
from countersign.service.measures.allowances import Allowances
from countersign.service.measures.indicator_lessons import IndicatorLessons
from countersign.service.measures.known_indicators import KnownIndicators
from countersign.service.measures.member_answers import (
    FindEvents,
    MemberAnswers,
    find_no_events,
)
from countersign.service.measures.mutes import Mutes
from countersign.service.measures.raid_joins import RaidJoins
from countersign.service.measures.raid_signs import RaidSigns
from countersign.service.measures.raids import Raids
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import Policies
from countersign.service.recent_messages.crowds import Crowds
from countersign.service.recent_messages.fragments import Fragments
from countersign.service.recent_messages.members_pace import MembersPace
from countersign.service.recent_messages.quotable_messages import QuotableMessages

SAVE_EVERY_SECONDS: Final = 2.0
SAVE_SHARED_EVERY_SECONDS: Final = 0.3
"""Likewise if other processes are to know what this one did within a second."""
_SECRET_BYTES: Final = 32

log = structlog.get_logger()


class Learned(Protocol):
    """A measure whose state is stored a little later."""

    async def save(self) -> None:
        """Store what changed.

        Raises:
            StoreUnavailable: it is stored the next time.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Services that keep the state of communities.

    Attributes:
        trust: trust of each community's people.
        raids: current raids.
        raid_signs: detection of raids.
        raid_joins: recent joins.
        crowds: people who came lately and write.
        allowances: warnings and allowances.
        mutes: mutes of people.
        indicators: links, contacts and wallets that members posted, or that are bad.
        lessons: learn indicators from decisions.
        member_answers: recognised replies to members.
        fragments: the last short messages of newcomers.
        quotable: digests of signed messages, with which quotations are compared.
        vouched: texts that trusted people said first.
        costs: times that steps take.
        active_people: people who wrote in each room lately.
        members_pace: the pace of members, and what newcomers said last.
    """

    trust: TrustRecords
    raids: Raids
    raid_signs: RaidSigns
    raid_joins: RaidJoins
    crowds: Crowds
    allowances: Allowances
    guard: RunawayGuard
    mutes: Mutes
    counters: Counters
    indicators: KnownIndicators
    lessons: IndicatorLessons
    member_answers: MemberAnswers
    vouched: VouchedTexts
    costs: StepCosts
    quotable: QuotableMessages
    members_pace: MembersPace
    fragments: Fragments = field(default_factory=Fragments)
    active_people: ActivePeople = field(default_factory=ActivePeople)

    def learned(self) -> Mapping[str, Learned]:
        """Return the measures whose state is stored a little later, by name."""
        return {
            "trust": self.trust,
            "raids": self.raids,
            "mutes": self.mutes,
            "guard": self.guard,
            "indicators": self.indicators,
        }


def build_measures(
    stores: Stores,
    clock: Clock,
    *,
    indicator_secret: bytes | None = None,
    counters: Counters | None = None,
) -> Measures:
    """Return the measures; call `load_measures` next.

    Args:
        stores: keep their state.
        clock: tells the time.
        indicator_secret: key of the hashes of indicators; None for a new one, with which no stored
            indicator is found.
        counters: the counters; None to count in memory.
    """
    return measures_over(
        stores.trust,
        stores.moderation,
        stores.indicators,
        clock,
        counters or MemoryCounters(clock),
        indicator_secret,
        stores.decisions.find_by_reference,
    )


async def load_measures(measures: Measures) -> None:
    """Read the stored state.

    Raises:
        StoreUnavailable: it can't be read now.
    """
    await measures.raids.load()
    await measures.guard.load()
    await measures.allowances.load()
    await measures.mutes.load()
    await measures.indicators.load()


def keep_saving(measures: Measures, background: BackgroundTasks, every_seconds: float) -> None:
    """Store changed state at this interval, and once more when the program stops."""
    for name, learned in measures.learned().items():
        background.keep_running(Work.MEASURES, partial(_save, name, learned, every_seconds), name)


async def open_measures(
    stores: Stores,
    clock: Clock,
    policies: Policies,
    background: BackgroundTasks,
    *,
    indicator_secret: bytes,
    is_shared: bool,
    counters: Counters | None = None,
    broadcasts: Broadcasts | None = None,
) -> Measures:
    """Return the measures, loaded, and saved from now on.

    Args:
        stores: keep their state.
        clock: tells the time.
        policies: the policies in force.
        background: runs the saving.
        indicator_secret: see `build_measures`.
        is_shared: other processes may use the database, too.
        counters: see `build_measures`.
        broadcasts: share short-lived state with other processes; None if there are none.

    Raises:
        StoreUnavailable: it can't be read now.
    """
    measures = build_measures(stores, clock, indicator_secret=indicator_secret, counters=counters)
    if broadcasts is not None:
        share_measures(measures, broadcasts, clock)
    await load_measures(measures)
    measures.guard.policies_in_force(policies.all())
    policies.on_change(lambda: measures.guard.policies_in_force(policies.all()))
    every_seconds = SAVE_SHARED_EVERY_SECONDS if is_shared else SAVE_EVERY_SECONDS
    keep_saving(measures, background, every_seconds)
    return measures


def share_measures(measures: Measures, broadcasts: Broadcasts, clock: Clock) -> None:
    """Share short-lived data in memory with other processes."""
    measures.fragments.share(broadcasts, clock)
    for each in (measures.raids, measures.crowds, measures.mutes):
        each.share(broadcasts)
    measures.vouched.share(broadcasts, clock)
    measures.quotable.share(broadcasts, clock)
    measures.member_answers.share(broadcasts, clock)
    measures.indicators.share(broadcasts)
    measures.lessons.share(broadcasts)
    measures.members_pace.share(broadcasts, clock)


async def _save(name: str, learned: Learned, every_seconds: float) -> None:
    is_stored = True
    try:
        while True:
            await asyncio.sleep(every_seconds)
            is_stored = await _try_to_save(name, learned, is_warned=is_stored)
    except asyncio.CancelledError:
        await _try_to_save(name, learned, is_warned=True)
        raise


async def _try_to_save(name: str, learned: Learned, *, is_warned: bool) -> bool:
    """Save; return True if that was possible, else warn of it if `is_warned` says so."""
    try:
        await learned.save()
    except StoreUnavailable as error:
        if is_warned:
            log.warning("what was learned is not stored yet", measure=name, reason=str(error))
        return False
    return True


def measures_over(
    trust: TrustStore,
    moderation: ModerationStore,
    indicator_store: IndicatorStore,
    clock: Clock,
    counters: Counters,
    indicator_secret: bytes | None = None,
    find_events: FindEvents = find_no_events,
    *,
    is_dry_run: bool = False,
) -> Measures:
    """Return the measures over these stores and counters.

    Args:
        trust: keeps trust records.
        moderation: keeps allowances, raids, mutes and dropped steps.
        indicator_store: keeps indicators.
        clock: tells the time.
        counters: the counters.
        indicator_secret: see `build_measures`.
        find_events: returns the decisions on an event; without it no reply to a member is
            recognised.
        is_dry_run: the time is that of each event.
    """
    raids = Raids(moderation, clock, is_dry_run=is_dry_run)
    records = TrustRecords(trust, clock)
    allowances = Allowances(moderation, clock)
    indicators = KnownIndicators(
        indicator_store,
        clock,
        secret=indicator_secret or SystemRandomness().random_bytes(_SECRET_BYTES),
        registrable_domain=registrable_domain,
    )
    vouched = VouchedTexts()
    quotable = QuotableMessages()
    return Measures(
        trust=records,
        member_answers=MemberAnswers(find_events, records, quotable.find),
        quotable=quotable,
        members_pace=MembersPace(quotable.find),
        raids=raids,
        raid_signs=RaidSigns(
            raids, counters, vouched, registrable_domain=registrable_domain, is_dry_run=is_dry_run
        ),
        vouched=vouched,
        crowds=Crowds(trust, clock),
        raid_joins=RaidJoins(raids, counters, clock, registrable_domain=registrable_domain),
        allowances=allowances,
        guard=RunawayGuard(
            moderation,
            clock,
            counters,
            registrable_domain=registrable_domain,
            was_allowed=allowances.was_allowed,
        ),
        mutes=Mutes(moderation, clock),
        costs=StepCosts(clock.monotonic),
        counters=counters,
        indicators=indicators,
        lessons=IndicatorLessons(indicators, clock),
    )
