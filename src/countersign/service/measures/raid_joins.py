"""Counting of people who joined lately. Joins alone are no sign of a raid."""

from typing import Final

from countersign.basics.durations import MINUTE_MS
from countersign.policy.decisions import RecordedDecision
from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.measures.raid_mode import RaidRules
from countersign.ports.clock import Clock
from countersign.ports.counters import Counters
from countersign.ports.people_counts import Person
from countersign.protocol.identifiers import server_name_of
from countersign.service.answers.event_context import EventContext
from countersign.service.limits.registrable_domains import RegistrableDomain, domain_of_server
from countersign.service.measures.raids import Raids

NEWS_MS: Final = 10 * MINUTE_MS
CAME: Final = ("raid", "came")


class RaidJoins:
    """Counts people who join, from requests for signatures and from pushed events.

    Args:
        raids: holds the raids that are under way.
        counters: count people.
        registrable_domain: the registrable domain of a host.
    """

    def __init__(
        self,
        raids: Raids,
        counters: Counters,
        clock: Clock,
        *,
        registrable_domain: RegistrableDomain = str,
    ) -> None:
        self._raids = raids
        self._counters = counters
        self._clock = clock
        self._registrable_domain = registrable_domain

    def notice_join(self, community: str, rules: RaidRules, user_id: str, *, sent_ts: int) -> None:
        """Count a person who joined, unless the join is old.

        After an outage the joins of hours arrive within seconds, and a homeserver that fetches a
        room's history asks about the joins of years at once.

        Args:
            community: the community whose room they came to.
            rules: what its policy says of raids.
            user_id: the user who came; not an account of a bridge.
            sent_ts: time of the join as far as we know, in ms since the epoch.
        """
        if self._clock.now_ts() - sent_ts <= NEWS_MS:
            self._raids.count_join(community)
            came = person(CAME, rules, user_id, self._registrable_domain)
            self._counters.note_people(community, [came])

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:  # noqa: ARG002
        """See `Observer.settled`: counts a join that was asked about."""
        event = context.event
        user_id = event.sender
        # Nobody can join for somebody else, and the state key may hold anything then.
        if event.membership_kind is not MembershipKind.JOIN or event.state_key != user_id:
            return
        if context.policy.bridges.cover(user_id):
            return
        known_since_ts = context.room.state.member_known_since_ts(user_id) or context.now_ts
        self.notice_join(
            context.community,
            context.policy.raid_rules,
            user_id,
            sent_ts=min(known_since_ts, event.origin_server_ts),
        )


def person(
    deed: tuple[str, ...],
    rules: RaidRules,
    user_id: str,
    registrable_domain: RegistrableDomain,
) -> Person:
    """Return the counter question about a person, grouped by domain, in the time of the rules."""
    domain = domain_of_server(server_name_of(user_id), registrable_domain)
    return Person(deed, rules.per_seconds * 1_000, user_id, domain)
