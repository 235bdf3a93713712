"""Tests of a newcomer's recent short messages, remembered for minutes."""

from dataclasses import replace

import pytest

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Decision, Verdict
from countersign.policy.events import Event
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.policy.text.indicators.joining import MAX_FRAGMENTS
from countersign.service.answers.event_context import EventContext, SignedPart
from countersign.service.recent_messages.fragments import KEPT_FOR_MS, Fragments
from countersign.testing.clocks import ManualClock
from tests.contracts.broadcasts import Hub

POLICY = parse_policy(b"filters: [indicator]", BUILTIN_FILTERS)
ONE_BY_ONE = parse_policy(b"filters: [keyword: {words: [spam]}]", BUILTIN_FILTERS)
SIGNED = Decision.from_findings((), policy_revision="r")
REFUSED = replace(SIGNED, verdict=Verdict.REFUSE)


class Conversation:
    """A conversation, message by message, as the fragments are told of it."""

    def __init__(self, policy=POLICY):
        self.policy = policy
        self.fragments = Fragments()
        self.now_ts = 10 * DAY_MS
        self.number = 0

    def context(self, text, sender="@new:example.org", level=Trust.NEW, room="!r:b", edits=None):
        content = {"msgtype": "m.text", "body": text}
        if edits is not None:
            content |= {
                "m.new_content": {"msgtype": "m.text", "body": text},
                "m.relates_to": {"rel_type": "m.replace", "event_id": edits},
            }
        event = Event(
            type="m.room.message",
            sender=sender,
            server="example.org",
            room_id=room,
            state_key=None,
            content=content,
            origin_server_ts=1,
            size_bytes=500,
            standing=Standing(level=level, because=""),
        )
        context = EventContext(
            community="default",
            policy=self.policy,
            room=None,
            event=event,
            now=0,
            now_ts=self.now_ts,
        )
        return self.fragments.combine(context)

    def say(self, text, decision=SIGNED, **more):
        """Return the texts that are read together, and where the event's own is among them."""
        self.number += 1
        context = self.context(text, **more)
        part = SignedPart(bytes([self.number]), f"${self.number}", "m.room.message")
        self.fragments.note(context, decision, part)
        recent = context.event.recent_messages
        return None if recent is None else (recent.texts, recent.place)


@pytest.fixture
def conversation():
    return Conversation()


def test_a_first_message_is_read_by_itself(conversation):
    assert conversation.say("hello") is None


def test_nothing_is_remembered_where_no_filter_reads_messages_as_one():
    conversation = Conversation(ONE_BY_ONE)
    conversation.say("hello")

    assert conversation.say("there") is None
    conversation.policy = POLICY
    assert conversation.say("you") is None


def test_a_signed_message_is_read_with_the_next(conversation):
    conversation.say("hello")
    conversation.say("buy it", REFUSED)

    assert conversation.say("t.me") == (("hello", "t.me"), 1)
    assert conversation.say("/abc") == (("hello", "t.me", "/abc"), 2)


def test_others_rooms_and_people_are_apart(conversation):
    conversation.say("hello")

    assert conversation.say("hi", sender="@other:example.org") is None
    assert conversation.say("hi", room="!other:b") is None


def test_an_edit_stands_in_the_place_of_what_it_edits(conversation):
    conversation.say("hi")
    conversation.say("there")

    assert conversation.say("t.me", edits="$1") == (("t.me", "there"), 0)
    assert conversation.say("/abc", edits="$2") == (("t.me", "/abc"), 1)
    context = conversation.context("now")
    assert [[part.event_id for part in each.parts] for each in context.fragments] == [
        ["$1", "$3"],
        ["$2", "$4"],
        [],
    ]


def test_members_are_read_as_they_write(conversation):
    conversation.say("hello", level=Trust.MEMBER)

    assert conversation.say("again", level=Trust.MEMBER) is None
    assert conversation.fragments._by_sender == {}


def test_texts_are_forgotten_after_some_minutes_whoever_writes_then(conversation):
    conversation.say("hello")
    conversation.now_ts += KEPT_FOR_MS + 1
    assert conversation.say("again") is None

    conversation.now_ts += KEPT_FOR_MS + 1
    conversation.say("hi", sender="@other:example.org")
    assert len(conversation.fragments._by_sender) == 1


def test_only_the_last_few_are_kept(conversation):
    for number in range(20):
        conversation.say(str(number))

    assert conversation.say("last")[0] == (*map(str, range(20 - MAX_FRAGMENTS, 20)), "last")


def test_an_erased_sender_is_forgotten(conversation):
    conversation.say("hello")
    conversation.fragments.forget_person("@new:example.org")

    assert conversation.say("again") is None


@pytest.fixture
def both():
    """Two processes' talks, which tell each other what they note."""
    clock, hub = ManualClock(), Hub()
    talks = Conversation(), Conversation()
    for conversation in talks:
        conversation.fragments.share(hub.join(), clock)
        conversation.now_ts = clock.now_ts()
    return talks


def test_a_message_signed_by_another_process_is_read_with_the_next(both):
    one, other = both
    one.say("hello")
    one.say("spam", REFUSED)

    assert other.say("t.me") == (("hello", "t.me"), 1)
    assert one.say("/abc") == (("hello", "t.me", "/abc"), 2)
    assert one.say("hi", sender="@other:example.org") is None


def test_an_edit_that_another_process_signed_stands_in_its_place(both):
    one, other = both
    one.say("hi")  # $1
    one.say("there")  # $2
    other.number = 10
    assert other.say("t.me", edits="$1") == (("t.me", "there"), 0)
    context = one.context("now")

    assert context.event.recent_messages.texts == ("t.me", "there", "now")
    assert [part.event_id for part in context.fragments[0].parts] == ["$1", "$11"]
    assert context.fragments[0].parts[1].key == bytes([11])


def test_no_more_is_kept_of_what_others_tell_than_of_ones_own(both):
    one, other = both
    for number in range(2 * MAX_FRAGMENTS):
        one.say(f"{number}")

    assert len(other.context("now").event.recent_messages.texts) == MAX_FRAGMENTS + 1


def test_all_is_forgotten_once_somebody_was_erased(both):
    one, other = both
    one.say("hello")
    other.fragments.forget_people()

    assert other.say("t.me") is None
