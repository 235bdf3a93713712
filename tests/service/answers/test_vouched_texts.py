"""Tests of texts that trusted people said first."""

from dataclasses import replace
from string import ascii_lowercase

import pytest

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.vouched_texts import (
    MAX_HEARD,
    MAX_VOUCHED,
    VOUCHED_FOR_MS,
    VouchedTexts,
)
from countersign.testing.clocks import ManualClock
from countersign.testing.filters import make_message_to_judge
from tests.contracts.broadcasts import Hub

POLICY = parse_policy(b"filters: [wave]", BUILTIN_FILTERS)
TEACHER, PUPIL = "@teacher:example.org", "@pupil:example.org"
SENTENCE = "I have read the rules and I agree with them"
SIGNED = Decision.from_findings((), policy_revision="r")
REFUSED = replace(SIGNED, verdict=Verdict.REFUSE)
RECORDED = RecordedDecision(
    key=b"k" * 32,
    room_id="!room:example.org",
    event_id="$1",
    event_type="m.room.message",
    sender=TEACHER,
    asked_by="example.org",
    decided_ts=0,
    decision=SIGNED,
)


class Room:
    """People who say something, and the memory of it."""

    def __init__(self, clock=None, policy=POLICY):
        self.known_hours = 0
        self.clock = clock or ManualClock()
        self.policy = policy
        self.texts = VouchedTexts()

    def context(self, body, sender, level, community="a"):
        event = replace(
            make_message_to_judge(body),
            sender=sender,
            standing=Standing(level=level, because="", known_hours=self.known_hours),
        )
        return EventContext(
            community=community,
            policy=self.policy,
            room=None,
            event=event,
            now=0,
            now_ts=self.clock.now_ts(),
        )

    def say(self, body, sender=TEACHER, level=Trust.MODERATOR, decision=SIGNED):
        context = self.context(body, sender, level)
        self.texts.settled(context, replace(RECORDED, decision=decision, sender=sender))

    def covers(self, body, community="a", **more):
        return self.texts.covers(self.context(body, PUPIL, Trust.NEW, community), **more)


@pytest.fixture
def room():
    return Room()


def test_a_text_of_a_trusted_person_covers_those_who_repeat_it_for_half_an_hour(room):
    room.say(f"Please all write: {SENTENCE}.", level=Trust.TRUSTED)

    assert room.covers(SENTENCE.upper())
    assert room.covers(f"{SENTENCE}. Anna Smith")
    assert not room.covers("you have been raided by the crows, everybody out of this room")
    assert not room.covers(SENTENCE, community="b")
    room.clock.advance(VOUCHED_FOR_MS / 1_000 + 1)
    assert not room.covers(SENTENCE)


@pytest.mark.parametrize(
    ("document", "is_remembered"),
    [
        (b"filters: [event-size, {keyword: {words: [spam]}}, event-rate]", False),
        (b"filters: [event-size, {keyword: {words: [spam]}, applies_to: untrusted}]", True),
        (
            b"filters: []\nrules: [{name: new, when: sender.trust == 'new', refuse: No.}]",
            True,
        ),
        (b"filters: []\nrules: [{name: raid, when: raid.is_on, refuse: Later., harm: spam}]", True),
    ],
)
def test_texts_are_remembered_where_a_policy_compares_what_people_say(document, is_remembered):
    room = Room(policy=parse_policy(document, BUILTIN_FILTERS))

    room.say(SENTENCE)

    assert room.covers(SENTENCE) is is_remembered


@pytest.mark.parametrize(
    ("level", "decision"), [(Trust.MEMBER, SIGNED), (Trust.NEW, SIGNED), (Trust.TRUSTED, REFUSED)]
)
def test_texts_of_others_and_refused_ones_cover_nothing(room, level, decision):
    room.say(SENTENCE, level=level, decision=decision)

    assert not room.covers(SENTENCE)


CHANT = "We are the red and white, we fight all day and all night"


def sung_by(room, members, newcomers, *, known_hours=0):
    """Have so many people say a chant, the newcomers first."""
    for number in range(newcomers):
        room.say(CHANT, f"@new{number}:example.com", Trust.NEW)
    room.known_hours = known_hours
    for number in range(members):
        room.say(CHANT.upper(), f"@member{number}:example.org", Trust.MEMBER)


@pytest.mark.parametrize(("members", "newcomers"), [(2, 8), (3, 24), (4, 30)])
def test_a_chant_of_members_is_covered_whoever_began(room, members, newcomers):
    sung_by(room, members, newcomers)

    assert room.covers(CHANT)
    assert room.texts.is_chorus(room.context(CHANT, PUPIL, Trust.NEW))
    assert not room.covers(CHANT, community="b")
    room.clock.advance(VOUCHED_FOR_MS / 1_000 + 1)
    assert not room.covers(CHANT)


@pytest.mark.parametrize(("members", "newcomers"), [(1, 3), (2, 9), (3, 25), (4, 40), (5, 50)])
def test_a_chant_of_few_members_and_many_newcomers_is_covered_by_nothing(room, members, newcomers):
    sung_by(room, members, newcomers)

    assert not room.covers(CHANT)


@pytest.mark.parametrize(("hours", "is_covered"), [(24, False), (100, False), (200, True)])
def test_members_of_a_few_days_make_no_chorus(room, hours, is_covered):
    sung_by(room, members=5, newcomers=3, known_hours=hours)

    assert room.covers(CHANT) is is_covered


def test_members_who_quote_newcomers_or_warn_of_them_make_no_chorus(room):
    for number in range(5):
        member = f"@member{number}:example.org"
        room.say(f"“{CHANT}”", member, Trust.MEMBER)
        quoting = f"why does everybody here write '{CHANT}' all of a sudden, I do not get it"
        room.say(quoting, member, Trust.MEMBER)
        room.say(f"Warning, this is a raid: {CHANT}", member, Trust.MEMBER)

    assert not room.covers(CHANT)


def test_a_chorus_is_forgotten_with_its_members(room):
    sung_by(room, members=2, newcomers=2)

    room.texts.forget_person("@member1:example.org")

    assert not room.covers(CHANT)


@pytest.mark.parametrize("decision", [SIGNED, REFUSED])
def test_a_warning_that_quotes_what_a_stranger_said_covers_nothing(room, decision):
    room.say(SENTENCE, "@raider:example.com", Trust.NEW, decision)
    room.say(f"Do not listen to these: {SENTENCE}")

    assert not room.covers(SENTENCE)


def test_a_text_is_covered_still_if_its_author_says_it_again_after_others(room):
    room.say(SENTENCE)
    room.clock.advance(1_200)
    room.say(SENTENCE, PUPIL, Trust.NEW)
    room.say(f"Once more: {SENTENCE}")
    room.clock.advance(1_200)

    assert room.covers(SENTENCE)


def test_texts_with_a_link_or_a_contact_are_covered_by_nothing(room):
    room.say(f"{SENTENCE} https://shop.example/free")
    room.say(SENTENCE)

    assert room.covers(SENTENCE)
    assert not room.covers(f"{SENTENCE} https://shop.example/free")


def test_texts_of_a_later_moment_can_be_left_out(room):
    room.say(SENTENCE)

    assert not room.covers(SENTENCE, before_ts=room.clock.now_ts())
    assert room.covers(SENTENCE, before_ts=room.clock.now_ts() + 1)


def test_the_memory_is_bounded_and_one_stranger_does_not_fill_it(room):
    room.say(SENTENCE, "@raider:example.com", Trust.NEW)
    for number in range(2 * MAX_HEARD):
        room.say(f"some words number{number} for the log", PUPIL, Trust.NEW)
    room.say(SENTENCE)
    assert not room.covers(SENTENCE)

    room.say("the first of many sentences")
    for letter in ascii_lowercase:
        room.say(f"one{letter} two{letter} three{letter} four{letter}")
    assert len(ascii_lowercase) > MAX_VOUCHED
    assert not room.covers("the first of many sentences")
    assert room.covers("onez twoz threez fourz")


def test_an_erased_persons_texts_are_forgotten(room):
    room.say(SENTENCE)
    room.say("these are the words of another", "@teacher2:example.org")
    room.texts.forget_person(TEACHER)

    assert not room.covers(SENTENCE)
    assert room.covers("these are the words of another")

    room.say(SENTENCE, PUPIL, Trust.NEW)
    room.texts.forget_person(PUPIL)
    assert not room.texts.was_first(room.context(SENTENCE, PUPIL, Trust.NEW))


@pytest.fixture
def processes():
    hub, clock = Hub(), ManualClock()
    made = [Room(clock) for _ in range(3)]
    for each in made:
        each.texts.share(hub.join(), clock)
    return made


def test_processes_share_what_is_vouched_for(processes):
    processes[0].say(SENTENCE)

    assert processes[1].covers(SENTENCE)


def test_texts_that_another_process_heard_before_are_not_vouched_for(processes):
    processes[0].say(SENTENCE, PUPIL, Trust.NEW)
    processes[1].say(SENTENCE)

    assert not processes[2].covers(SENTENCE)


def test_members_and_newcomers_of_all_processes_are_counted_for_a_chorus(processes):
    for number in range(4):
        processes[number % 3].say(SENTENCE, f"@member{number}:example.org", Trust.MEMBER)
    assert [each.covers(SENTENCE) for each in processes] == [True] * 3

    for number in range(33):
        processes[number % 3].say(SENTENCE, f"@new{number}:example.org", Trust.NEW)
    assert [each.covers(SENTENCE) for each in processes] == [False] * 3


@pytest.mark.parametrize("level", [Trust.MEMBER, Trust.NEW])
def test_processes_know_who_was_first(processes, level):
    for process, sender in zip(processes, ("@a:b", "@c:b", "@a:b"), strict=True):
        process.say(SENTENCE, sender, level)
        process.clock.advance(61)

    contexts = [processes[1].context(SENTENCE, each, level) for each in ("@a:b", "@c:b")]
    assert list(map(processes[1].texts.was_first, contexts)) == [True, False]


def test_a_newcomer_was_first_with_what_was_signed_in_the_last_half_hour(room):
    def was_first(body=SENTENCE):
        return room.texts.was_first(room.context(body, PUPIL, Trust.NEW))

    room.say(SENTENCE, PUPIL, Trust.NEW, REFUSED)
    assert not was_first()
    room.say(SENTENCE, PUPIL, Trust.NEW)
    room.clock.advance(11)
    room.say(SENTENCE, "@copies:example.org", Trust.NEW)
    assert was_first(f"hello? {SENTENCE}")
    assert not was_first("nothing of this was said by anybody before")
    room.clock.advance(VOUCHED_FOR_MS / 1_000)
    assert not was_first()


def test_a_sender_of_one_text_was_first_only_some_seconds_before_others(room):
    room.say(SENTENCE, PUPIL, Trust.NEW)
    room.clock.advance(9)
    room.say(SENTENCE, "@copies:example.org", Trust.NEW)

    assert not room.texts.was_first(room.context(SENTENCE, PUPIL, Trust.NEW))
    room.say("I would like to help with the garden", PUPIL, Trust.NEW)
    assert room.texts.was_first(room.context(SENTENCE, PUPIL, Trust.NEW))


CALL = "Please translate the next sentence, all of you"


def is_called_for(room, said="we were late since the train was late", *, came_ms_ago=60_000):
    context = room.context(said, PUPIL, Trust.NEW)
    standing = replace(context.event.standing, first_seen_ts=context.now_ts - came_ms_ago)
    return room.texts.is_called_for(
        replace(context, event=replace(context.event, standing=standing))
    )


def test_those_who_were_there_may_answer_a_members_call_in_any_process(processes):
    processes[0].say(CALL, level=Trust.MEMBER)
    processes[0].clock.advance(1)

    assert all(map(is_called_for, processes))
    assert not is_called_for(processes[1], came_ms_ago=500), "who came after the call"
    assert not is_called_for(processes[1], "we were late, see https://trains.example/late")
    processes[0].texts.forget_person(TEACHER)
    assert not is_called_for(processes[0])
    processes[0].clock.advance(601)
    assert not is_called_for(processes[1])


def test_a_call_is_answered_by_a_class_and_no_more(room):
    room.say(CALL, level=Trust.MEMBER)
    room.clock.advance(1)
    calls = room.texts._calls
    for number in range(48):
        context = room.context("the train was late", f"@p{number}:school.example", Trust.NEW)
        came = replace(context.event.standing, first_seen_ts=1)
        calls.note_answer(replace(context, event=replace(context.event, standing=came)))

    assert not is_called_for(room)
