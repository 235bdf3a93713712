"""Signs of a raid: recent joins, the messages of those who joined, and the refused ones."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from countersign.basics.durations import DAY_MS, MINUTE_MS
from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.events import Event
from countersign.policy.measures.raid_mode import AT_PEACE, Raid, RaidEvidence, RaidView
from countersign.policy.measures.trust_records import Trust
from countersign.policy.message_traits.quotations import warns_of_quotation
from countersign.policy.questions.raids import RaidUnderWay, SignsOfRaid
from countersign.ports.counters import Counters, CountGroup, Settlement
from countersign.ports.people_counts import (
    People,
    PeopleByGroup,
    RecentSayings,
    Saying,
)
from countersign.service.answers.answers import CountedAnswerer
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.event_counts import MAX_SAYINGS
from countersign.service.answers.said_words import (
    coded_words_said,
    few_words_said,
    is_said,
    vocabulary_said,
    words_said,
)
from countersign.service.answers.vouched_texts import VouchedTexts
from countersign.service.limits.registrable_domains import RegistrableDomain, domain_of_server
from countersign.service.measures.raid_joins import CAME, person
from countersign.service.measures.raid_knowledge import (
    FEWER_OF_LONG,
    LEAST_GROUP,
    SHARES,
    SHARES_OF_LONG,
    alike_sayings,
    are_long,
    are_most,
    fewest_alike,
    large_domains,
    likeness,
    listed_domains,
    messages_of,
    with_other_groups,
)
from countersign.service.measures.raids import Raids

ABUSIVE_SHARE_PERCENT: Final = 50
"""Minimum share of these newcomers who had an event refused, if they do not write alike."""
SLEEPERS_MS: Final = 30 * DAY_MS
"""Time before a raid in which its accounts may have come, if so many write alike as begin one."""
_REFUSED: Final = ("raid", "refused")
_ASKS: Final = frozenset("?؟")
_NO_WORDS: Final[frozenset[int]] = frozenset()
_NOTHING: Final = CountGroup(())


class RaidSigns(CountedAnswerer):
    """Answers `SignsOfRaid`, and starts raid mode on evidence.

    Raid mode starts if many people came (joined, or wrote for the first time) and

    - most of those who wrote lately write alike, and they are enough people; or
    - enough newcomers had events refused for evidence of abuse.

    An event is part of the raid if its sender came with the raid, or from its servers, and the text
    is like the raid's messages. What a trusted person said before the raid is like nobody's.
    Members and accounts of bridges are never part of it and are not counted.

    Args:
        raids: holds the current raids.
        counters: count people.
        vouched: texts that trusted people said first, which are no likeness; None for nothing.
        registrable_domain: the registrable domain of a host.
        is_dry_run: the moments of events are given.
    """

    def __init__(
        self,
        raids: Raids,
        counters: Counters,
        vouched: VouchedTexts | None = None,
        *,
        registrable_domain: RegistrableDomain = str,
        is_dry_run: bool = False,
    ) -> None:
        self._raids = raids
        self._counters = counters
        self._vouched = vouched or VouchedTexts()
        self._registrable_domain = registrable_domain
        self._is_dry_run = is_dry_run

    def counts(self, question: SignsOfRaid, context: EventContext) -> CountGroup:  # noqa: ARG002
        """See `CountedAnswerer.counts`; asks nothing about people who are not newcomers."""
        event = context.event
        if not _is_newcomers(event):
            return _NOTHING
        window_ms = context.policy.raid_rules.per_seconds * 1_000
        domain = domain_of_server(event.server, self._registrable_domain)
        sayings = RecentSayings(
            vocabulary_said(event), is_said(event), domain, window_ms, MAX_SAYINGS
        )
        return CountGroup((People(CAME, window_ms), People(_REFUSED, window_ms), sayings))

    def answer(
        self,
        question: SignsOfRaid,  # noqa: ARG002
        context: EventContext,
        reply: tuple[Any, ...],
    ) -> RaidView:
        """See `CountedAnswerer.answer`: the event that shows that it is a raid is a part of it."""
        if reply and context.policy.raid_rules.automatic:
            self._begin_by_itself(context, *reply)
        return self.view(context)

    def view(self, context: EventContext) -> RaidView:
        """Return the raid of the event's community, and why the event is part of it."""
        raid = self._raids.find(context.community, context.now_ts)
        if raid is None:
            return AT_PEACE
        event = context.event
        if not _is_newcomers(event):
            return RaidView(is_under_way=True)
        came_ts = event.standing.first_seen_ts or context.now_ts
        because = self._likeness(context, raid)
        return RaidView(
            is_under_way=True,
            is_alike=bool(because),
            is_strict=raid.is_strict_with(came_ts, context.now_ts)
            and event.room_id not in context.policy.raid_rules.open_rooms,
            because=because or raid.because,
        )

    def settled(
        self,
        question: SignsOfRaid,  # noqa: ARG002
        context: EventContext,
        reply: tuple[Any, ...],
        settlement: Settlement,
    ) -> None:
        """See `CountedAnswerer.settled`: counts first messages, refusals and suspects."""
        if not reply or settlement is Settlement.RETRIED:
            return
        event = context.event
        raid = self._raids.find(context.community, context.now_ts)
        if raid is not None and self._likeness(context, raid):
            self._raids.count_suspect(context.community, event.sender)
        deeds = [] if event.standing.accepted_events else [CAME]
        if settlement in (Settlement.REFUSED, Settlement.ALIKE):
            deeds.append(_REFUSED)
        rules = context.policy.raid_rules
        people = [person(deed, rules, event.sender, self._registrable_domain) for deed in deeds]
        if people:
            now_ts = context.now_ts if self._is_dry_run else None
            self._counters.note_people(context.community, people, now_ts=now_ts)

    def _begin_by_itself(
        self,
        context: EventContext,
        came: PeopleByGroup,
        refused: PeopleByGroup,
        sayings: tuple[Saying, ...],
    ) -> None:
        rules = context.policy.raid_rules
        newcomers = sum(came.values())
        if max(newcomers, len(sayings) + FEWER_OF_LONG) < rules.joins:
            return
        event = context.event
        # A short text counts, too, once there are longer ones to compare it with.
        words = vocabulary_said(event) or words_said(event)
        compared = self._not_vouched(context, words, sayings)
        alike = alike_sayings(words, compared)
        is_knock = event.membership_kind is MembershipKind.KNOCK
        if is_knock:
            # A class whose teacher gives the text is on one server.
            domain = domain_of_server(event.server, self._registrable_domain)
            alike = [each for each in alike if each.group != domain]
        if not _ASKS.isdisjoint(event.seen.main_text) and len(alike) + 1 < rules.refused_senders:
            alike = []  # who have the same trouble ask in much the same words
        messages = messages_of(words, alike)
        # Small ads are alike; each has a contact.
        is_long = not event.indicators and are_long(event.seen.main_text, words, alike)
        is_crowd = newcomers >= rules.joins
        fewest = fewest_alike(rules, is_crowd=is_crowd, is_long=is_long)
        if (not is_crowd and len(alike) + 1 < fewest) or (is_knock and not is_long):
            return
        # Sleeper accounts joined long before, so many similar texts suffice, whoever joins now.
        came_ts = event.standing.first_seen_ts or context.now_ts
        is_old = came_ts < context.now_ts - rules.suspects_minutes * MINUTE_MS
        sleepers = fewest_alike(rules, is_crowd=False, is_long=is_long)
        has_slept = not is_crowd or (is_old and len(alike) + 1 >= sleepers)
        minutes = f"within {rules.per_seconds} seconds {newcomers} people came"
        writers, abusive = len(sayings) + 1, sum(refused.values())
        at_length = 1 + sum(bool(each.words) for each in sayings)
        together = 1 + len(with_other_groups(alike, compared))
        shares = SHARES_OF_LONG if is_long else SHARES
        is_one = are_most(len(alike) + 1, at_length, fewest, shares.at_length) and are_most(
            len(alike) + 1, writers, fewest, shares.of_all
        )
        # Of a crowd that comes for one reason some say this, some that, and most something else.
        if words and (is_one or are_most(together, writers, fewest, SHARES.at_length)):
            by_domain = Counter(each.group for each in alike)
            because = f"{minutes}, and {together} of {writers} who wrote write alike"
            self._begin(context, because, by_domain, messages, has_slept=has_slept)
            return
        if len(alike) + 1 < LEAST_GROUP or not vocabulary_said(event):
            messages = []
        if are_most(abusive, writers, rules.refused_senders, ABUSIVE_SHARE_PERCENT):
            because = f"{minutes}, and {abusive} of them had events refused for signs of abuse"
            self._begin(context, because, refused, messages)
        elif messages:
            # A raid has several messages, or one in several languages.
            self._raids.learn(context.community, messages)

    def _not_vouched(
        self, context: EventContext, words: frozenset[int], sayings: tuple[Saying, ...]
    ) -> list[Saying]:
        """Return the texts without those that a trusted person sent first."""
        community, now_ts = context.community, context.now_ts
        if self._vouched.covers_words(community, words, now_ts) or self._vouched.is_called_for(
            context
        ):
            return []
        texts = {each.words for each in sayings}  # many say the same
        covered = {each for each in texts if self._vouched.covers_words(community, each, now_ts)}
        return [each for each in sayings if each.words not in covered]

    def _begin(
        self,
        context: EventContext,
        because: str,
        by_domain: PeopleByGroup,
        messages: Sequence[frozenset[int]],
        *,
        has_slept: bool = False,
    ) -> None:
        if domains := large_domains(by_domain):
            because += f", most of them from {listed_domains(domains)}"
        self._raids.begin(
            context.community,
            context.policy.raid_rules,
            because,
            evidence=RaidEvidence(domains, messages, SLEEPERS_MS if has_slept else None),
            now_ts=context.now_ts,
        )

    def _likeness(self, context: EventContext, raid: Raid) -> str:
        """Return why a newcomer's event is part of the raid, as a clause; empty if it is not."""
        event = context.event
        came_ts = event.standing.first_seen_ts or context.now_ts
        is_since = came_ts >= raid.suspect_since_ts
        domain = domain_of_server(event.server, self._registrable_domain)
        if not is_since and not raid.is_from(domain, context.now_ts):
            return ""
        origin_words = (
            "the sender came with it" if is_since else f"the sender is from {domain}, as it is"
        )
        words = vocabulary_said(event) or coded_words_said(event)
        word_sets = few_words_said(event), words_said(event)
        # People who knock need not avoid the words of others.
        is_knock = event.membership_kind is MembershipKind.KNOCK
        alike = likeness(raid.words, words, *((_NO_WORDS,) * 2 if is_knock else word_sets))
        if alike and not (
            self._vouched.covers(context, raid.started_ts)
            or warns_of_quotation(event)  # those who saw a raid quote it, too
            or self._vouched.is_own_or_answer(context, raid.words)  # and ask what it copied
        ):
            return f"{alike}, and {origin_words}"
        if self._raids.is_suspect(context.community, event.sender):
            return f"the sender wrote repeatedly what a raid writes, and {origin_words}"
        return ""


class RaidAnswers:
    """Answers `RaidUnderWay`."""

    def __init__(self, raids: Raids) -> None:
        self._raids = raids

    def answer(self, question: RaidUnderWay, context: EventContext) -> Raid | None:  # noqa: ARG002
        """See `Answerer.answer`."""
        return self._raids.find(context.community, context.now_ts)


class UnrequestedSigns:
    """Answers `SignsOfRaid` for events without a signing request: these start no raid mode."""

    def __init__(self, signs: RaidSigns) -> None:
        self._signs = signs

    def answer(self, question: SignsOfRaid, context: EventContext) -> RaidView:  # noqa: ARG002
        """See `Answerer.answer`."""
        return self._signs.view(context)


def _is_newcomers(event: Event) -> bool:
    return event.standing.level.rank <= Trust.NEW.rank and not event.is_bridged
