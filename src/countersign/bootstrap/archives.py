"""Opening of the archive of judged events, backtests and calibration on it."""

import asyncio
from collections.abc import Callable, Container, Iterable

from countersign.adapters.sql.bundle import archive_of
from countersign.basics.crockford import reference_of
from countersign.bootstrap.files import find_database
from countersign.bootstrap.judgement import build_dry_run
from countersign.bootstrap.own_process import spare_garbage_collector
from countersign.bootstrap.stores import open_stores_for_reading
from countersign.config import Config
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.policy_documents import Policy
from countersign.ports.clock import Clock
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.ports.stores.archive import ArchivedEvent, ArchiveStore
from countersign.ports.stores.outcomes import Outcome, OutcomeKind
from countersign.service.trials.archiving import Archiving
from countersign.service.trials.backtests import Report, backtest
from countersign.service.trials.calibration import Calibration


def open_archive(config: Config) -> ArchiveStore:
    """Return the archive, which may not exist; the server may be running.

    Raises:
        DatabaseUnusable: the setting of the database names none.
    """
    return archive_of(find_database(config))


def build_archiving(config: Config, archive: ArchiveStore, clock: Clock) -> Archiving | None:
    """Return the service that archives judged events; None if the archive is off."""
    if not config.archive.is_on:
        return None
    return Archiving(archive, clock, retention_days=config.archive.retention_days)


async def find_archived(archive: ArchiveStore, recorded: RecordedDecision) -> list[ArchivedEvent]:
    """Return the archived event of a decision; empty if it is not in the archive.

    Events archived by an earlier version have no keys. Of these, all with the same sender,
    millisecond of the decision, verdict and type are returned.

    Raises:
        StoreUnavailable: the archive cannot be read.
    """
    archived = await archive.find(
        sender=recorded.sender, room_id=recorded.room_id, decided_ts=recorded.decided_ts
    )
    for each in archived:
        if each.judgement is not None and each.judgement.key == recorded.key:
            return [each]
    is_refused = recorded.decision.verdict is Verdict.REFUSE
    return [
        each
        for each in archived
        if each.judgement is None
        and each.is_refused == is_refused
        and each.event.type == recorded.event_type
    ]


def run_backtest(
    config: Config,
    policy: Policy,
    *,
    community: str,
    since_ts: int,
    room_id: str | None,
    limit: int,
    progress: Callable[[int, int], None],
) -> Report:
    """Judge the archived events of a community again by a policy.

    Args:
        config: has the location of the archive.
        policy: the policy to judge by.
        community: the community of the events.
        since_ts: only events decided at this time or later.
        room_id: only this room; None for all.
        limit: maximum number of events, the latest ones.
        progress: receives the number of judged events, and of all.

    Raises:
        StoreUnavailable: the archive cannot be read.
    """
    spare_garbage_collector()
    archive = open_archive(config)
    count = asyncio.run(archive.count(community=community, since_ts=since_ts, room_id=room_id))
    total = min(limit, count)
    events = archive.read(community=community, since_ts=since_ts, room_id=room_id, limit=limit)
    return backtest(events, policy, build_dry_run(), progress=lambda done: progress(done, total))


def read_calibration(
    config: Config, *, community: str, since_ts: int, room_id: str | None, limit: int
) -> tuple[Calibration, bool]:
    """Return the scores of past events, and whether they come from the archive.

    If the archive has no events of that time, decisions are used: those of all communities, unless
    a room is given. Decisions without findings do not have the sender's trust, and count as those
    of newcomers.

    Args:
        config: has the locations of the archive and the database.
        community: the community of the events.
        since_ts: only events decided at this time or later.
        room_id: only this room; None for all.
        limit: maximum number of archived events, the latest ones.

    Raises:
        StoreUnavailable: they cannot be read.
        DatabaseUnusable: says what to do about it.
    """
    spare_garbage_collector()
    return asyncio.run(_calibration(config, community, since_ts, room_id, limit))


def _count_archived(
    calibration: Calibration, events: Iterable[ArchivedEvent], allowed: Container[str]
) -> None:
    for each in events:
        judgement = each.judgement
        if judgement is None:
            calibration.unrecorded += 1
            continue
        is_allowed = reference_of(judgement.key) in allowed
        calibration.count(judgement.decision, each.event.standing.level, is_allowed=is_allowed)


async def _calibration(
    config: Config, community: str, since_ts: int, room_id: str | None, limit: int
) -> tuple[Calibration, bool]:
    calibration = Calibration()
    async with open_stores_for_reading(config) as stores:
        allowed = _allowed(await stores.outcomes.list_since(since_ts))
        archive = stores.archive
        if await archive.count(community=community, since_ts=since_ts, room_id=room_id):
            events = archive.read(
                community=community, since_ts=since_ts, room_id=room_id, limit=limit
            )
            # On PostgreSQL reading them runs an event loop, which this thread already does.
            await in_thread(_count_archived, calibration, events, allowed)
            return calibration, True

        def take(recorded: RecordedDecision) -> None:
            level = recorded.decision.trust or Trust.NEW
            is_allowed = recorded.reference in allowed
            calibration.count(recorded.decision, level, is_allowed=is_allowed)

        decided = await stores.decisions.review(since_ts, take, room_id=room_id)
        empty = Decision(verdict=Verdict.SIGN, policy_revision="")
        for _ in range(decided - calibration.events):
            calibration.count(empty, Trust.NEW, is_allowed=False)
    return calibration, False


def _allowed(outcomes: Iterable[Outcome]) -> frozenset[str]:
    """Return the references of decisions that moderators allowed, and did not withdraw."""
    allowed: set[str] = set()
    for outcome in outcomes:
        if outcome.kind is OutcomeKind.ALLOWED:
            allowed.add(outcome.reference)
        elif outcome.kind is OutcomeKind.WITHDRAWN:
            allowed.discard(outcome.reference)
    return frozenset(allowed)
