"""Raid mode: its start and end in each community, and counts of what happened meanwhile."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.measures.raid_mode import (
    NOTHING_KNOWN,
    Raid,
    RaidEvidence,
    RaidReport,
    RaidRules,
    Strictness,
    raid_from,
)
from countersign.policy.measures.trust_records import Trust
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.ports.stores.moderation import ModerationStore
from countersign.protocol.identifiers import without_user
from countersign.service.answers.event_context import EventContext
from countersign.service.clock_readings import MAX_CLOCK_SKEW_MS
from countersign.service.measures.raid_knowledge import (
    EARLY_MS,
    RaidSuspects,
    merge_reports,
    with_messages,
)

log = structlog.get_logger()


class Raids:
    """Holds the current raid of each community; starts and ends raids.

    Args:
        store: the store of raids; `save` writes changes to it later.
        clock: the clock.
        is_dry_run: True to log no messages about raids.
    """

    def __init__(self, store: ModerationStore, clock: Clock, *, is_dry_run: bool = False) -> None:
        self._is_dry_run = is_dry_run
        self._store = store
        self._clock = clock
        self._raids: dict[str, RaidReport] = {}
        self._suspects = RaidSuspects()
        self._unsaved: dict[tuple[str, int], RaidReport] = {}
        self._prolonged: set[tuple[str, int]] = set()
        self._restored: set[tuple[str, int]] = set()
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts) -> None:
        """Share suspects with other processes: send those counted here, and count theirs."""
        self._broadcasts = broadcasts
        broadcasts.subscribe(Topic.SUSPECT, self._on_suspect)

    async def load(self) -> None:
        """Read the raids that were in progress when the program stopped.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        for report in await self._store.raids(under_way=True):
            self.resume(report)

    async def apply_changes(self, changed_after: int) -> None:  # noqa: ARG002 - there are few
        """Take over raids that other processes started, prolonged or ended.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        under_way: dict[str, RaidReport] = {}
        now_ts = self._clock.now_ts()
        for each in reversed(await self._store.raids(under_way=True)):
            first = under_way.setdefault(each.community, each)
            if first is not each:
                # Two processes started it before one knew of the other: the first goes on.
                first = merge_reports(each, first, now_ts, is_prolonged=True)
                under_way[each.community] = self._unsaved[_key(first)] = first
                self._prolonged.add(_key(first))
                self._unsaved[_key(each)] = replace(each, ended_ts=now_ts)
        for community, report in list(self._raids.items()):
            stored, key = under_way.pop(community, None), _key(report)
            unsaved = self._unsaved.get(key)
            if stored is not None and _key(stored) == key:
                if key not in self._restored:
                    is_prolonged = key in self._prolonged
                    merged = merge_reports(report, stored, now_ts, is_prolonged=is_prolonged)
                    self._raids[community] = merged
                    if unsaved is not None:
                        self._unsaved[key] = merged
            elif unsaved is None or unsaved.ended_ts is not None:
                del self._raids[community]
                self._suspects.forget_raid(community)
                if stored is not None:
                    self._raids[community] = stored
        for report in under_way.values():
            self.resume(report)

    def resume(self, report: RaidReport) -> None:
        """Resume a stored raid, unless the community is in one."""
        if report.community in self._raids:
            return
        self._raids[report.community] = report
        since_ts = max(report.raid.started_ts, self._clock.now_ts() - EARLY_MS)
        for user_id in self._suspects.pop_early_senders(report.community, since_ts):
            self._count_suspect(report.community, user_id)

    def find(self, community: str, now_ts: int) -> Raid | None:
        """Return the raid that the community is in; None if there is none."""
        report = self._raids.get(community)
        if report is None:
            return None
        # A raid in the future began while the clock was fast; it would last until then.
        if report.raid.until_ts <= now_ts or report.raid.started_ts > now_ts + MAX_CLOCK_SKEW_MS:
            self._finish(report, now_ts)
            return None
        return report.raid

    def find_against(self, community: str, user_id: str, now_ts: int) -> Raid | None:
        """Return the community's raid if all events of this newcomer are part of it; else None.

        They are if the raid is strict, or the newcomer repeatedly wrote messages like its own.
        """
        raid = self.find(community, now_ts)
        if raid is None or raid.is_strict(now_ts) or self.is_suspect(community, user_id):
            return raid
        return None

    def is_suspect(self, community: str, user_id: str) -> bool:
        """Return True if a user repeatedly wrote messages like the present raid's."""
        return self._suspects.has(community, user_id)

    def report(self, community: str) -> RaidReport | None:
        """Return the community's raid with its counts so far; None if there is none."""
        if self.find(community, self._clock.now_ts()) is None:
            return None
        return self._raids[community]

    def list_current(self) -> list[RaidReport]:
        """Return all current raids with their counts so far."""
        now_ts = self._clock.now_ts()
        return [self._raids[each] for each in sorted(self._raids) if self.find(each, now_ts)]

    def begin(
        self,
        community: str,
        rules: RaidRules,
        because: str,
        *,
        evidence: RaidEvidence = NOTHING_KNOWN,
        strict: Strictness | None = None,
        lasts_ms: int | None = None,
        now_ts: int | None = None,
    ) -> RaidReport:
        """Start a raid, or prolong the current one; return it.

        See `raid_from` for the arguments. `now_ts` is for backtests and dry runs.
        """
        now_ts = self._clock.now_ts() if now_ts is None else now_ts
        raid = raid_from(rules, because, evidence, strict, lasts_ms=lasts_ms, now_ts=now_ts)
        current = None if self.find(community, now_ts) is None else self._raids[community]
        if current is None:
            report = RaidReport(community=community, raid=raid)
            begun = {"until_ts": raid.until_ts, "domains": list(raid.domains)}
            about = {"community": community, "because": because, "is_strict": strict is not None}
            self._warn("raid mode begins", **about, **begun)
        else:
            report = replace(current, raid=current.raid.prolonged_by(raid, now_ts))
        words = with_messages(report.raid.words, evidence.messages)
        self._prolonged.add(_key(report))
        return self._note(replace(report, raid=replace(report.raid, words=words)))

    def learn(self, community: str, messages: Sequence[frozenset[int]]) -> None:
        """Add messages to those of the current raid, if there is one; it does not last longer."""
        report = self._raids.get(community)
        if report is not None:
            words = with_messages(report.raid.words, messages)
            self._note(replace(report, raid=replace(report.raid, words=words)))

    async def put_back(self, report: RaidReport) -> None:
        """Restore the times of a raid, in place of the community's current one, if any.

        What is known of it stays: its messages, its domains, and the counts.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        known = self._raids.get(report.community)
        if known is None or _key(known) != _key(report):
            raids = await self._store.raids()
            known = next((each for each in raids if _key(each) == _key(report)), report)
        raid = replace(report.raid, domains=known.raid.domains, words=known.raid.words)
        self._restored.add(_key(report))
        self._note(replace(known, raid=raid, ended_ts=None))

    def end(self, community: str) -> RaidReport | None:
        """End the community's raid; return it with its counts, or None if there is none."""
        report = self._raids.get(community)
        return None if report is None else self._finish(report, self._clock.now_ts())

    def count_join(self, community: str) -> None:
        """Count a person who joined during the raid, if there is one."""
        report = self._raids.get(community)
        if report is not None:
            self._note(replace(report, joins=report.joins + 1))

    def count_suspect(self, community: str, user_id: str) -> None:
        """Count a message that is like the raid's."""
        if community in self._raids:
            self._count_suspect(community, user_id)
            if self._broadcasts is not None:
                self._broadcasts.publish(Topic.SUSPECT, community, user_id)

    def _on_suspect(self, community: str, user_id: str) -> None:
        """Count a message that another process received; its raid may not be known here yet."""
        if community in self._raids:
            self._count_suspect(community, user_id)
        else:
            self._suspects.add_early_message(community, user_id, self._clock.now_ts())

    def _count_suspect(self, community: str, user_id: str) -> None:
        report = self._raids[community]
        if self._suspects.count(community, user_id):
            self._note(replace(report, suspects=report.suspects + 1))

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`: counts refusals of newcomers during a raid."""
        report = self._raids.get(context.community)
        decision = recorded.decision
        if (
            report is None
            or decision.verdict is not Verdict.REFUSE
            or context.event.standing.level.rank > Trust.NEW.rank
        ):
            return
        labels = {finding.label for finding in decision.deciding}
        refused = {label: report.refused.get(label, 0) + 1 for label in labels}
        self._note(replace(report, refused={**report.refused, **refused}))

    def forget_people(self) -> None:
        """Forget all suspects; those who continue are counted again."""
        self._suspects.forget_people()

    def forget_person(self, user_id: str) -> None:
        """Forget that a user is a suspect, and their user ID; counts stay."""
        self._suspects.forget_person(user_id)
        for report in list(self._raids.values()):
            because = without_user(report.raid.because, user_id)
            if because != report.raid.because:
                self._note(replace(report, raid=replace(report.raid, because=because)))

    async def save(self) -> None:
        """End raids whose time is over, and store what changed.

        Raises:
            StoreUnavailable: it is stored the next time.
        """
        now_ts = self._clock.now_ts()
        for community in list(self._raids):
            self.find(community, now_ts)
        for key, report in list(self._unsaved.items()):
            is_restored, is_prolonged = key in self._restored, key in self._prolonged
            await self._store.save_raid(report, is_restored=is_restored, is_prolonged=is_prolonged)
            if self._unsaved.get(key) is report:
                del self._unsaved[key]
                self._restored.discard(key)
                self._prolonged.discard(key)

    def _warn(self, what: str, **known: object) -> None:
        if not self._is_dry_run:
            log.warning(what, **known)

    def _note(self, report: RaidReport) -> RaidReport:
        self._raids[report.community] = report
        self._unsaved[_key(report)] = report
        return report

    def _finish(self, report: RaidReport, now_ts: int) -> RaidReport:
        del self._raids[report.community]
        self._suspects.forget_raid(report.community)
        finished = replace(report, ended_ts=now_ts)
        self._unsaved[_key(report)] = finished
        self._warn(
            "raid mode ends",
            community=report.community,
            because=report.raid.because,
            suspects=report.suspects,
            joins=report.joins,
            refused=dict(report.refused),
        )
        return finished


def _key(report: RaidReport) -> tuple[str, int]:
    return report.community, report.raid.started_ts
