"""Tests of what communities learn about indicators, and of attempts to mislead them."""

from dataclasses import dataclass, field

import pytest

from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.memory.indicators import MemoryIndicatorStore
from countersign.adapters.public_suffixes import registrable_domain
from countersign.basics.durations import DAY_MS, HOUR_MS
from countersign.policy.decisions import Decision, RecordedDecision
from countersign.policy.events import Event
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import Policy, parse_policy
from countersign.policy.questions.indicators import BadBecause, IndicatorsSeen
from countersign.ports.counters import CountedEvent
from countersign.service.answers.event_context import EventContext
from countersign.service.measures.indicator_answers import IndicatorAnswers
from countersign.service.measures.indicator_lessons import (
    MAX_STRIKES_PER_SENDER,
    IndicatorLessons,
)
from countersign.service.measures.known_indicators import KnownIndicators
from countersign.testing.clocks import ManualClock
from tests.contracts.broadcasts import Hub

ROOM = "!room:example.org"
CONTACT = "earn a lot: telegram @abc_def"
LINK = "see https://project.example/release"
SECRET = b"s" * 32
POLICY = parse_policy(
    b"""
filters:
  - indicator
  - name: words
    keyword: {words: [earn]}
    weight: 10
  - name: crowd
    wave: {senders: 3}
  - name: slow
    event-rate: {per: sender, max_events: 1}
""",
    BUILTIN_FILTERS,
)


WITHOUT = parse_policy(b"filters: [keyword: {words: [earn]}]", BUILTIN_FILTERS)
BY_RULE = parse_policy(
    b"rules: [{name: new, when: 'indicators.unknown > 0', refuse: 'No.'}]", BUILTIN_FILTERS
)


@dataclass
class Community:
    """A community's knowledge of indicators, and messages that are written in it."""

    policy: Policy = POLICY
    clock: ManualClock = field(default_factory=ManualClock)
    store: MemoryIndicatorStore = field(default_factory=MemoryIndicatorStore)
    number: int = 0

    def __post_init__(self):
        self.start()

    def start(self):
        self.known = KnownIndicators(
            self.store, self.clock, secret=SECRET, registrable_domain=registrable_domain
        )
        self.lessons = IndicatorLessons(self.known, self.clock)
        self.answers = IndicatorAnswers(self.known)
        self.counters = MemoryCounters(self.clock)

    def share(self, broadcasts):
        self.known.share(broadcasts)
        self.lessons.share(broadcasts)
        return self

    def context(self, sender, text, level, room_id=ROOM):
        event = Event(
            type="m.room.message",
            sender=sender,
            server="example.org",
            room_id=room_id,
            state_key=None,
            content={"msgtype": "m.text", "body": text},
            origin_server_ts=1,
            size_bytes=500,
            standing=Standing(level=level, because=""),
        )
        return EventContext(
            community="default",
            policy=self.policy,
            room=None,
            event=event,
            now=self.clock.monotonic(),
            now_ts=self.clock.now_ts(),
        )

    def look(self, text, level=Trust.NEW, sender="@looks:example.org", room_id=ROOM):
        """Return what is known of what somebody is about to send, and count it as sent."""
        context = self.context(sender, text, level, room_id)
        self.number += 1
        question = IndicatorsSeen(DAY_MS // 1_000)
        event = CountedEvent(self.number.to_bytes(32), "default", sender, room_id)
        (reply,) = self.counters.reserve_now(event, [self.answers.counts(question, context)])
        return self.answers.answer(question, context, reply)

    def decided(self, sender, text, level, *findings, event_id="$event"):
        context = self.context(sender, text, level)
        recorded = RecordedDecision(
            key=b"k" * 32,
            room_id=ROOM,
            event_id=event_id,
            event_type="m.room.message",
            sender=sender,
            asked_by="example.org",
            decided_ts=context.now_ts,
            decision=Decision.from_findings(findings, policy_revision="r"),
        )
        self.lessons.settled(context, recorded)

    def signed(self, sender, text, level=Trust.MEMBER, event_id="$event"):
        self.decided(sender, text, level, event_id=event_id)

    def refused(self, sender, text, by="words", kind=FindingKind.EVIDENCE, weight=10):
        finding = Finding(
            filter=by, harm=Harm.SPAM, reason="", says="no", kind=kind, weight=weight, step=by
        )
        self.decided(sender, text, Trust.NEW, finding)

    def bad(self, text):
        return [facts.bad and facts.bad.because for facts in self.look(text)]


@pytest.fixture
def community():
    return Community()


@pytest.fixture
def processes():
    """Three processes of one server, each with its own memory; their store says nothing."""
    hub, clock = Hub(), ManualClock()
    return [Community(clock=clock).share(hub.join()) for _ in range(3)]


def someone(number):
    return f"@user{number}:example.org"


def test_a_policy_that_asks_nothing_about_indicators_has_none_looked_for_and_learned():
    community = Community(policy=WITHOUT)
    context = community.context("@m:example.org", CONTACT, Trust.MEMBER)

    community.lessons.learn(context, Decision.from_findings((), policy_revision="r"))

    assert "indicators" not in vars(context.event)
    assert community.look(CONTACT)[0].posted_days == -1


@pytest.mark.parametrize("policy", [POLICY, BY_RULE])
def test_a_policy_that_asks_about_them_has_them_learned(policy):
    community = Community(policy=policy)

    community.signed("@m:example.org", CONTACT)

    assert community.look(CONTACT)[0].posted_days == 0


def test_an_indicator_that_nobody_sent_has_no_facts(community):
    (facts,) = community.look(CONTACT)

    assert (facts.senders, facts.rooms, facts.by_sender) == (frozenset(), frozenset(), 0)
    assert (facts.is_vouched, facts.is_known, facts.posted_days, facts.bad) == (
        False,
        False,
        -1,
        None,
    )


def test_only_newcomers_sendings_are_counted(community):
    community.look(CONTACT, sender=someone(1))
    community.look("on Telegram I am @ABC_DEF", sender=someone(2), room_id="!other:example.org")
    community.look(CONTACT, Trust.MEMBER, sender=someone(3))
    (facts,) = community.look(CONTACT, sender=someone(1))

    assert facts.senders == {someone(1), someone(2)}
    assert facts.rooms == {ROOM, "!other:example.org"}
    assert facts.by_sender == 1


def test_contacts_are_told_by_a_hash_and_links_by_name(community):
    (contact,) = community.look(CONTACT)
    link, domain = community.look(LINK)

    assert contact.label.startswith("handle ")
    assert "abc_def" not in contact.label
    assert link.label == "link project.example/release"
    assert domain.label == "domain project.example"


def test_a_single_member_vouches_for_an_indicator_after_a_day_only(community):
    community.signed(someone(1), LINK)
    assert not any(facts.is_vouched for facts in community.look(LINK))
    assert all(facts.is_known for facts in community.look(LINK))

    community.clock.advance(DAY_MS / 1_000)
    assert all(facts.is_vouched for facts in community.look(LINK))
    assert [facts.posted_days for facts in community.look(LINK)] == [1, 1]


@pytest.mark.parametrize(
    "vouchers",
    [((1, Trust.MEMBER), (2, Trust.MEMBER)), ((1, Trust.TRUSTED),), ((1, Trust.MODERATOR),)],
)
def test_several_members_or_one_who_is_trusted_vouch_at_once(community, vouchers):
    for number, level in vouchers:
        community.signed(someone(number), LINK, level)

    assert all(facts.is_vouched for facts in community.look(LINK))
    # A domain stands for its links, on whatever host of it.
    deeper, domain = community.look("https://docs.project.example/other")
    assert deeper.is_vouched
    assert domain.is_vouched


def test_nobody_vouches_for_themself(community):
    community.signed(someone(1), CONTACT, Trust.TRUSTED)
    community.signed(someone(2), CONTACT)

    (own,) = community.look(CONTACT, Trust.TRUSTED, someone(1))
    assert not own.is_vouched
    assert own.is_known


def test_newcomers_vouch_for_nothing(community):
    for number in range(9):
        community.signed(someone(number), LINK, Trust.NEW)

    assert not any(facts.is_known for facts in community.look(LINK))


def test_a_host_that_everybody_publishes_under_is_known_and_vouches_for_nothing(community):
    community.signed(someone(1), "https://github.com/example/project", Trust.MODERATOR)
    (other,) = community.look("https://github.com/other/project")

    assert other.is_known
    assert not other.is_vouched


def test_an_indicator_of_several_refusals_is_bad(community):
    community.refused(someone(1), CONTACT)
    community.refused(someone(1), CONTACT)
    assert community.bad(CONTACT) == [None]

    community.refused(someone(2), CONTACT)
    assert community.bad(CONTACT) == [BadBecause.REFUSED]
    community.clock.advance(31 * DAY_MS / 1_000)
    assert community.bad(CONTACT) == [None]


def test_a_link_takes_more_than_a_contact(community):
    for number in range(2):
        community.refused(someone(number), LINK)
    assert community.bad(LINK) == [None, None]

    community.refused(someone(3), LINK)
    assert community.bad(LINK) == [BadBecause.REFUSED] * 2


@pytest.mark.parametrize(
    ("by", "kind", "weight"),
    [
        ("slow", FindingKind.COURTESY, None),
        ("words", FindingKind.RULE, None),
        ("crowd", FindingKind.EVIDENCE, None),
        ("indicator", FindingKind.EVIDENCE, 10),
    ],
)
def test_only_evidence_of_ones_own_words_teaches_anything(community, by, kind, weight):
    for number in range(9):
        community.refused(someone(number), CONTACT, by, kind, weight)

    assert community.bad(CONTACT) == [None]


def test_newcomers_cannot_make_bad_what_members_posted(community):
    """A scam with the project's own site in it, from many new accounts."""
    community.signed(someone(100), "https://project.example/")
    community.clock.advance(2 * DAY_MS / 1_000)
    scam = "earn a lot: https://project.example/release and https://telefonseelsorge.de/"
    for number in range(50):
        community.refused(someone(number), scam)

    assert set(community.bad(scam)) == {None}


def test_an_indicator_bad_by_refusals_is_cleared_when_members_post_it(community):
    for number in range(5):
        community.refused(someone(number), LINK)
    assert BadBecause.REFUSED in community.bad(LINK)

    community.signed(someone(100), LINK, Trust.TRUSTED)
    assert community.bad(LINK) == [None, None]


def test_one_sender_can_make_only_a_few_indicators_bad(community):
    number = 0
    texts = [f"earn a lot: telegram @contact_{number}" for number in range(30)]
    for sender in (someone(1), someone(2)):
        for text in texts:
            community.refused(sender, text)

    bad = [text for text in texts if community.bad(text) == [BadBecause.REFUSED]]
    assert len(bad) == MAX_STRIKES_PER_SENDER
    assert number == 0


def test_a_redacted_indicator_is_bad(community):
    community.signed(someone(1), CONTACT, Trust.NEW, "$scam")
    community.lessons.redacted("$other", ROOM, "@mod:example.org")
    community.lessons.redacted("$scam", "!other:example.org", "@mod:example.org")
    assert community.bad(CONTACT) == [None]

    community.lessons.redacted("$scam", ROOM, "@mod:example.org")
    assert community.bad(CONTACT) == [BadBecause.REDACTED]


def test_an_authors_own_redaction_teaches_nothing(community):
    community.signed(someone(1), CONTACT, Trust.MEMBER, "$mistake")
    community.lessons.redacted("$mistake", ROOM, someone(1))

    assert community.bad(CONTACT) == [None]


def test_a_moderator_who_redacts_a_members_message_takes_away_what_it_vouched_for(community):
    community.signed(someone(1), CONTACT, Trust.MEMBER, "$turned")
    community.lessons.redacted("$turned", ROOM, "@mod:example.org")
    (facts,) = community.look(CONTACT)

    assert facts.bad.because is BadBecause.REDACTED
    assert not facts.is_known


def test_a_moderator_who_redacts_a_quarrel_makes_no_link_bad_that_members_post(community):
    community.signed(someone(1), LINK)
    community.signed(someone(2), LINK)
    community.signed(someone(3), f"you are all wrong: {LINK}", Trust.NEW, "$quarrel")
    community.lessons.redacted("$quarrel", ROOM, "@mod:example.org")

    assert community.bad(LINK) == [None, None]


async def test_known_indicators_outlive_a_restart(community):
    community.signed(someone(1), LINK)
    community.signed(someone(2), LINK)
    for number in range(3):
        community.refused(someone(number), CONTACT)
    await community.known.save()
    community.start()
    await community.known.load()

    assert all(facts.is_vouched for facts in community.look(LINK))
    assert community.bad(CONTACT) == [BadBecause.REFUSED]
    (bad,) = community.known.bad_in("default")
    assert bad.name == ""
    assert "abc_def" not in repr(vars(community.store))


async def test_a_redacted_posting_stays_forgotten_over_a_restart(community):
    community.signed(someone(1), CONTACT, Trust.MEMBER, "$turned")
    await community.known.save()
    community.lessons.redacted("$turned", ROOM, "@mod:example.org")
    await community.known.save()
    community.start()
    await community.known.load()
    (facts,) = community.look(CONTACT)

    assert not facts.is_known
    assert facts.bad is not None


async def test_a_moderators_word_comes_and_goes_at_once(community):
    (facts,) = community.look(CONTACT)
    digest = community.known.digest(facts.indicator)
    for number in range(3):
        community.refused(someone(number), CONTACT)
    (bad,) = community.known.bad_in("default")
    await community.known.remove_bad(("default", digest))
    await community.known.save()

    assert bad.digest == digest
    assert community.bad(CONTACT) == [None]
    assert await community.store.bad(ending_after_ts=0, limit=9) == []


def test_a_person_who_is_erased_is_forgotten(community):
    community.signed(someone(1), CONTACT, Trust.NEW, "$scam")
    community.refused(someone(1), CONTACT)
    community.lessons.forget_person(someone(1))
    community.known.forget_person(someone(1))
    community.lessons.redacted("$scam", ROOM, "@mod:example.org")
    community.refused(someone(2), CONTACT)

    assert community.bad(CONTACT) == [None]


def test_time_is_kept_to_the_hour(community):
    community.signed(someone(1), LINK)
    before = len(community.known._unsaved_posted)
    community.clock.advance(HOUR_MS / 1_000)
    community.signed(someone(1), LINK)

    assert before == 2
    assert {each.last_ts for each in community.known._unsaved_posted.values()} == {
        community.clock.now_ts()
    }


def test_people_who_are_refused_by_several_processes_make_an_indicator_bad_for_all(processes):
    for number, process in enumerate(processes):
        process.refused(someone(number), LINK)

    assert [process.bad(LINK) for process in processes] == [[BadBecause.REFUSED] * 2] * 3


def test_one_sender_can_make_no_more_indicators_bad_through_several_processes(processes):
    texts = [f"earn: telegram @earns_{letter}" for letter in "abcdefghijklmnop"]
    for number, text in enumerate(texts):
        processes[number % 3].refused(someone(1), text)
    for text in texts:
        processes[0].refused(someone(2), text)

    bad = [text for text in texts if processes[1].bad(text) == [BadBecause.REFUSED]]
    assert bad == texts[:MAX_STRIKES_PER_SENDER]


def test_a_member_is_one_poster_however_many_processes_they_post_through(processes):
    for process in processes:
        process.signed(someone(1), LINK)
    own, _ = processes[0].look(LINK, Trust.MEMBER, someone(1))
    assert not own.is_known
    processes[1].signed(someone(2), LINK)
    processes[2].signed(someone(3), LINK)

    assert [process.look(LINK)[0].is_vouched for process in processes] == [True] * 3


async def test_a_member_who_posts_again_after_restarts_is_still_one(community):
    for _ in range(3):
        community.signed(someone(1), LINK)
        await community.known.save()
        community.start()
        await community.known.load()

    assert not community.look(LINK)[0].is_vouched


def test_a_trusted_person_vouches_in_every_process(processes):
    processes[0].signed(someone(1), LINK, Trust.TRUSTED)

    assert [process.look(LINK)[0].is_vouched for process in processes] == [True] * 3


def test_a_redaction_teaches_whichever_process_is_told_of_it(processes):
    processes[0].signed(someone(1), CONTACT)
    assert processes[2].lessons.sent_in("$event")
    processes[1].lessons.redacted("$event", ROOM, "@moderator:example.org")

    assert processes[1].bad(CONTACT) == [BadBecause.REDACTED]
    assert not processes[2].lessons.sent_in("$event")
