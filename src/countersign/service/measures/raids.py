"""Raid mode: which community is in a raid, how it is noticed, and what came of it."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import structlog

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.measures.raid_mode import Raid, RaidReport, RaidRules
from countersign.policy.measures.trust_records import Trust
from countersign.policy.memberships import MembershipKind
from countersign.policy.policies.dependencies import is_senders_own_doing
from countersign.policy.questions import RaidUnderWay
from countersign.ports.clock import Clock
from countersign.ports.stores.moderation import ModerationStore
from countersign.protocol.identifiers import server_name_of, without_user
from countersign.service.answers.asked import Asked
from countersign.service.limits.registrable_domains import RegistrableDomain, domain_of_server
from countersign.service.measures.raid_suspects import (
    MAX_DOMAINS,
    MINUTE_MS,
    NEWS_MS,
    Watch,
    counted_together,
    is_news,
    listed_domains,
    suspected_of,
)
from countersign.service.measures.recent_people import RecentPeople

MAX_SUSPECTS: Final = 100_000


log = structlog.get_logger()


class Raids:
    """Holds the raids that are under way, by community; begins and ends them.

    Args:
        store: keeps them; what changed is stored a little later by `save`.
        clock: tells the time.
        registrable_domain: of a host.
    """

    def __init__(
        self, store: ModerationStore, clock: Clock, *, registrable_domain: RegistrableDomain = str
    ) -> None:
        self._store = store
        self._clock = clock
        self._registrable_domain = registrable_domain
        self._raids: dict[str, RaidReport] = {}
        self._watches: dict[str, Watch] = {}
        self._unsaved: dict[tuple[str, int], RaidReport] = {}

    async def load(self) -> None:
        """Take up the raids that were under way when the program stopped.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        for report in await self._store.raids(under_way=True):
            self.resume(report)

    def resume(self, report: RaidReport) -> None:
        """Take up a raid as it stands, unless the community is in one."""
        self._raids.setdefault(report.community, report)

    def find(self, community: str, now_ts: int) -> Raid | None:
        """Return the raid that the community is in; None at peace."""
        report = self._raids.get(community)
        if report is None:
            return None
        if report.raid.until_ts <= now_ts:
            self._finish(report, now_ts)
            return None
        return report.raid

    def find_against(self, community: str, server: str, now_ts: int) -> Raid | None:
        """Return the raid that the community is in, if newcomers of this server are suspected."""
        raid = self.find(community, now_ts)
        if raid is None or not raid.domains:
            return raid
        return raid if raid.suspects(self._domain_of(server), now_ts) else None

    def report(self, community: str) -> RaidReport | None:
        """Return the raid that the community is in, and what came of it so far; None at peace."""
        if self.find(community, self._clock.now_ts()) is None:
            return None
        return self._raids[community]

    def under_way(self) -> list[RaidReport]:
        """Return the raids that are under way, and what came of each so far."""
        now_ts = self._clock.now_ts()
        found = [self.find(community, now_ts) and community for community in sorted(self._raids)]
        return [self._raids[community] for community in found if community]

    def begin(
        self,
        community: str,
        rules: RaidRules,
        because: str,
        *,
        lasts_ms: int | None = None,
        domains: Collection[str] = (),
    ) -> RaidReport:
        """Begin a raid, or prolong the one that is under way; return it.

        A raid against some domains becomes one against all if so asked, and never the other way.

        Args:
            community: whose.
            rules: what its policy says of raids.
            because: why, for moderators.
            lasts_ms: for how long; None for as long as the policy says.
            domains: the registrable domains whose newcomers are suspected; empty for all.
        """
        now_ts = self._clock.now_ts()
        until_ts = now_ts + (lasts_ms or rules.lasts_minutes * MINUTE_MS)
        suspected = dict.fromkeys(sorted(domains)[:MAX_DOMAINS], until_ts)
        known = self._raids.get(community)
        if known is not None and self.find(community, now_ts) is not None:
            if suspected and known.raid.domains:
                suspected = counted_together(known.raid.domains, suspected, now_ts)
            else:
                suspected = {}
            raid = replace(
                known.raid, until_ts=max(until_ts, known.raid.until_ts), domains=suspected
            )
            return self._note(replace(known, raid=raid))
        raid = Raid(
            because=because,
            started_ts=now_ts,
            suspect_since_ts=now_ts - rules.suspects_minutes * MINUTE_MS,
            until_ts=until_ts,
            domains=suspected,
        )
        log.warning(
            "raid mode begins",
            community=community,
            because=because,
            until_ts=until_ts,
            domains=list(suspected) or "all",
        )
        return self._note(RaidReport(community=community, raid=raid))

    def put_back(self, report: RaidReport) -> None:
        """Take up a raid as it was, in place of the one that the community is in, if any."""
        self._note(report)

    def end(self, community: str) -> RaidReport | None:
        """End the raid; return what came of it, or None if there is none."""
        report = self._raids.get(community)
        return None if report is None else self._finish(report, self._clock.now_ts())

    def notice_join(self, community: str, rules: RaidRules, user_id: str) -> None:
        """Count somebody who came."""
        now = self._clock.monotonic()
        watch = self._watch(community)
        watch.joined.add(user_id, self._domain_of(server_name_of(user_id)), now)
        report = self._raids.get(community)
        if report is not None:
            self._note(replace(report, joins=report.joins + 1))
        joins = watch.joined.count(now - rules.per_seconds)
        if rules.automatic and joins >= rules.joins:
            because = f"{joins} people came within {rules.per_seconds} seconds"
            self._begin_by_itself(community, rules, because, watch.joined, now)

    def notice_sent_join(
        self, community: str, rules: RaidRules, user_id: str, *, sent_ts: int
    ) -> None:
        """Count somebody whose join was sent to us, if it is news.

        After an outage the joins of hours arrive within seconds.

        Args:
            community: whose room they came to.
            rules: what its policy says of raids.
            user_id: who came.
            sent_ts: when, as the join says, in ms since the epoch.
        """
        if self._clock.now_ts() - sent_ts <= NEWS_MS:
            self.notice_join(community, rules, user_id)

    def settled(self, asked: Asked, recorded: RecordedDecision) -> None:
        """See `Observer.settled`: joins, and newcomers who are refused, not for courtesy alone."""
        event, decision = asked.event, recorded.decision
        if event.membership_kind is MembershipKind.JOIN:
            user_id = event.state_key
            if user_id is None or asked.policy.bridges.cover(user_id):
                return
            if is_news(asked, user_id):
                self.notice_join(asked.community, asked.policy.raid_rules, user_id)
            return
        level = event.standing.level
        if level.rank > Trust.NEW.rank or event.is_bridged:
            return
        if level is Trust.UNTRUSTED:
            self._count_suspect(asked.community, event.sender)
        if decision.verdict is Verdict.REFUSE:
            self._count_refusal(asked, decision)

    def forget_person(self, user_id: str) -> None:
        """Forget that a user came, was refused, or is suspected; what was counted stays counted."""
        for watch in self._watches.values():
            watch.joined.forget_person(user_id)
            watch.refused.forget_person(user_id)
            watch.suspects.discard(user_id)
        for report in list(self._raids.values()):
            because = without_user(report.raid.because, user_id)
            if because != report.raid.because:
                self._note(replace(report, raid=replace(report.raid, because=because)))

    async def save(self) -> None:
        """End what is over, and store what changed.

        Raises:
            StoreUnavailable: it is stored the next time.
        """
        now_ts = self._clock.now_ts()
        for community in list(self._raids):
            self.find(community, now_ts)
        for key, report in list(self._unsaved.items()):
            await self._store.save_raid(report)
            if self._unsaved.get(key) is report:
                del self._unsaved[key]

    def _count_suspect(self, community: str, sender: str) -> None:
        report = self._raids.get(community)
        suspects = self._watch(community).suspects
        if report is None or sender in suspects or len(suspects) >= MAX_SUSPECTS:
            return
        suspects.add(sender)
        self._note(replace(report, suspects=len(suspects)))

    def _count_refusal(self, asked: Asked, decision: Decision) -> None:
        community, rules, now = asked.community, asked.policy.raid_rules, asked.now
        labels = {finding.label for finding in decision.deciding}
        own_doing = {
            step.label for step in asked.policy.pipeline.steps if is_senders_own_doing(step)
        }
        report = self._raids.get(community)
        if report is not None:
            refused = {label: report.refused.get(label, 0) + 1 for label in labels}
            self._note(replace(report, refused={**report.refused, **refused}))
        held_against = {finding.label for finding in decision.held_against_sender}
        if held_against.isdisjoint(own_doing):
            return  # or a raid would prolong itself, by those whom it keeps from writing
        watch = self._watch(community)
        watch.refused.add(asked.event.sender, self._domain_of(asked.event.server), now)
        senders = watch.refused.count(now - rules.per_seconds)
        if rules.automatic and senders >= rules.refused_senders:
            because = f"{senders} newcomers had events refused within {rules.per_seconds} seconds"
            self._begin_by_itself(community, rules, because, watch.refused, now)

    def _begin_by_itself(
        self, community: str, rules: RaidRules, because: str, wave: RecentPeople, now: float
    ) -> None:
        domains = suspected_of(wave.by_domain(now - rules.per_seconds))
        wave.clear()
        if domains:
            because += f", most of them from {listed_domains(domains)}"
        self.begin(community, rules, because, domains=domains)

    def _domain_of(self, server: str) -> str:
        return domain_of_server(server, self._registrable_domain)

    def _watch(self, community: str) -> Watch:
        return self._watches.setdefault(community, Watch())

    def _note(self, report: RaidReport) -> RaidReport:
        self._raids[report.community] = report
        self._unsaved[report.community, report.raid.started_ts] = report
        return report

    def _finish(self, report: RaidReport, now_ts: int) -> RaidReport:
        del self._raids[report.community]
        self._watch(report.community).suspects.clear()
        finished = replace(report, ended_ts=now_ts)
        self._unsaved[report.community, report.raid.started_ts] = finished
        log.warning(
            "raid mode ends",
            community=report.community,
            suspects=report.suspects,
            joins=report.joins,
            refused=dict(report.refused),
        )
        return finished


class RaidAnswers:
    """Answers `RaidUnderWay`; there is none for senders of whose domain nobody is suspected."""

    def __init__(self, raids: Raids) -> None:
        self._raids = raids

    def answer(self, question: RaidUnderWay, asked: Asked) -> Raid | None:  # noqa: ARG002
        """See `Answerer.answer`."""
        return self._raids.find_against(asked.community, asked.event.server, asked.now_ts)
