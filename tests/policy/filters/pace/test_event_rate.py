"""Tests of `event-rate`, which limits the number of recently signed events."""

import pytest

from countersign.policy.event_kinds.aspects import LONG_CHARS, Aspect
from countersign.policy.facts import Facts
from countersign.policy.filters.pace.event_rate import EventRate
from countersign.policy.findings import FindingKind
from countersign.policy.questions.counts import Attempts, SignedEvents
from countersign.policy.questions.sender_groups import Per

ALICE = "@alice:example.org"


def facts(filter_, event, signed):
    return Facts(dict.fromkeys(filter_.asks(event), signed))


@pytest.mark.parametrize(
    ("per", "key"),
    [(Per.SENDER, ALICE), (Per.SERVER, "example.org"), (Per.ROOM, "!room:example.org")],
)
def test_the_question_is_about_the_group_of_senders(message, per, key):
    asked = EventRate(per=per, per_seconds=10, max_events=1).asks(message())

    assert list(asked) == [SignedEvents(per, key, (), 10)]


def test_the_last_event_within_the_limit_passes(message):
    rate = EventRate(max_events=5, per_seconds=10)

    assert rate.judge(message(), facts(rate, message(), 4)) is None


def test_an_event_above_the_limit_is_refused_with_the_count(message):
    rate = EventRate(max_events=5, per_seconds=10)

    finding = rate.judge(message(), facts(rate, message(), 5))

    assert finding is not None
    assert finding.reason == (
        f"{ALICE} had 5 events signed in 10 seconds; this community allows 5 per sender"
    )
    assert (finding.value, finding.limit) == (5, 5)


def test_only_the_given_types_are_judged(message, event, no_facts):
    rate = EventRate(max_events=1, types=("m.room.*",))

    assert not list(rate.asks(event("m.reaction")))
    assert rate.judge(event("m.reaction"), no_facts) is None
    assert [question.types for question in rate.asks(message())] == [("m.room.*",)]


def test_different_types_and_scopes_have_different_counters():
    counters = {
        SignedEvents(Per.SENDER, "x", (), 60).counter,
        SignedEvents(Per.ROOM, "x", (), 60).counter,
        SignedEvents(Per.SENDER, "y", (), 60).counter,
        SignedEvents(Per.SENDER, "x", ("m.*",), 60).counter,
    }

    assert len(counters) == 4


def test_a_rate_of_short_messages_counts_no_others(event, message):
    rate = EventRate(max_events=2, max_chars=4)

    assert [*rate.asks(message("hello"))] == [*rate.asks(event("m.reaction"))] == []
    (question,) = rate.asks(message("lol"))
    assert question.counter != next(iter(EventRate(max_events=2).asks(message("lol")))).counter
    assert rate.judge(message("lol"), Facts({question: 1})) is None
    assert rate.judge(message("lol"), Facts({question: 2})) is not None


def test_a_rate_of_long_messages_counts_no_others(event, message):
    rate = EventRate(max_events=2, min_chars=1_000)
    wall, half = "so " * 400, "so " * 300
    both = {"format": "org.matrix.custom.html", "formatted_body": half}

    assert [*rate.asks(message(half))] == [*rate.asks(message(half, **both))] == []
    assert [*rate.asks(event("m.room.topic", {"topic": wall}))] == []
    (question,) = rate.asks(message(wall))
    assert question.counter != next(iter(EventRate(max_events=2).asks(message(wall)))).counter
    assert rate.judge(message(wall), Facts({question: 1})) is None
    assert rate.judge(message(wall), Facts({question: 2})) is not None


def in_thread(root, answered):
    reply = {} if answered is None else {"m.in_reply_to": {"event_id": answered}}
    return {"m.relates_to": {"rel_type": "m.thread", "event_id": root, **reply}}


def test_a_rate_of_thread_starts_counts_no_later_messages_of_a_thread(message):
    rate = EventRate(max_events=2, starts_threads=True)

    assert [*rate.asks(message())] == [*rate.asks(message(**in_thread("$a", "$b")))] == []
    (question,) = rate.asks(message(**in_thread("$a", "$a")))
    assert [question] == [*rate.asks(message(**in_thread("$a", None)))]
    assert question.counter != next(iter(EventRate(max_events=2).asks(message()))).counter
    assert rate.judge(message(**in_thread("$a", "$a")), Facts({question: 2})) is not None


def test_further_messages_in_a_thread_start_none(message):
    rate = EventRate(max_events=2, starts_threads=True, same_event=9)
    first = message(**in_thread("$a", "$a"))
    starts, in_this_thread = rate.asks(first)

    assert rate.judge(first, Facts({starts: 2, in_this_thread: 1})) is None
    assert rate.judge(first, Facts({starts: 2, in_this_thread: 0})) is not None


def test_only_a_rate_of_really_long_messages_is_not_asked_about_others():
    assert EventRate(min_chars=LONG_CHARS).about() is Aspect.LONG
    assert EventRate(min_chars=LONG_CHARS - 1).about() is None


def test_a_refused_flood_is_refused_until_it_pauses(message):
    rate = EventRate(max_events=5, per_seconds=10, max_attempts=8)
    signed, sent = rate.asks(message())

    assert (type(signed), type(sent)) == (SignedEvents, Attempts)
    assert rate.judge(message(), Facts({signed: 4, sent: 7})) is None
    assert "signed" in rate.judge(message(), Facts({signed: 5, sent: 9})).reason
    finding = rate.judge(message(), Facts({signed: 0, sent: 8}))
    assert "refused ones included" in finding.reason
    assert (finding.value, finding.limit, finding.kind) == (8, 8, FindingKind.COURTESY)


def test_attempts_are_counted_apart_from_what_was_signed(message):
    signed, sent = EventRate(max_attempts=8).asks(message())

    assert signed.counter != sent.counter


def test_several_reactions_to_one_event_are_no_flood(event):
    rate = EventRate(max_events=5, types=("m.reaction",), same_event=10)
    relation = {"rel_type": "m.annotation", "event_id": "$vote", "key": "1"}
    vote = event("m.reaction", {"m.relates_to": relation})
    signed, on_same = rate.asks(vote)

    assert rate.judge(vote, Facts({signed: 5, on_same: 0})) is not None
    assert rate.judge(vote, Facts({signed: 9, on_same: 4})) is None
    assert rate.judge(vote, Facts({signed: 12, on_same: 10})) is not None
    assert rate.judge(vote, Facts({signed: 4, on_same: 0})) is None


def test_reactions_to_one_event_are_spared_up_to_what_may_be_attempted(event):
    rate = EventRate(max_events=5, types=("m.reaction",), same_event=10, max_attempts=16)
    relation = {"rel_type": "m.annotation", "event_id": "$vote", "key": "1"}
    vote = event("m.reaction", {"m.relates_to": relation})
    signed, sent, on_same = rate.asks(vote)

    assert rate.judge(vote, Facts({signed: 9, on_same: 4, sent: 15})) is None
    assert rate.judge(vote, Facts({signed: 9, on_same: 4, sent: 16})).limit == 16
