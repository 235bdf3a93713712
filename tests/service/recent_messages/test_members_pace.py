"""Tests of the pace of members in a room, and of copies of what newcomers said."""

from dataclasses import replace

import pytest

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.policy.questions.counts import AttemptsAboveMembers, FreshAttempts
from countersign.policy.questions.sender_groups import Per
from countersign.ports.counters import Total
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.event_counts import AttemptCounts
from countersign.service.recent_messages.members_pace import (
    BURST_MS,
    COPIES_WITHIN_MS,
    MOST_COPIES,
    AboveMembersCounts,
    FreshAttemptCounts,
    MembersPace,
    RepeatedTexts,
)
from countersign.testing.filters import make_message_to_judge

POLICY = parse_policy(b"filters: [group-flood]", BUILTIN_FILTERS)
NEWCOMER = "@new:example.org"
ROOM, OTHER_ROOM = "!room:example.org", "!other:example.org"
SIGNED = Decision.from_findings((), policy_revision="r")
REFUSED = replace(SIGNED, verdict=Verdict.REFUSE)


def context(sender, at_ms, *, body="go", level=Trust.NEW, known_hours=1_000, room_id=ROOM):
    event = replace(
        make_message_to_judge(body),
        sender=sender,
        room_id=room_id,
        standing=Standing(level=level, because="", known_hours=known_hours),
    )
    return EventContext(community="a", policy=POLICY, room=None, event=event, now=0.0, now_ts=at_ms)


def recorded(decision=SIGNED):
    return RecordedDecision(
        key=b"k" * 32,
        room_id=ROOM,
        event_id="$1",
        event_type="m.room.message",
        sender=NEWCOMER,
        asked_by="example.org",
        decided_ts=0,
        decision=decision,
    )


def pace_of(members, *, decision=SIGNED, **more):
    pace = MembersPace(lambda event_id, context: None)
    for number, times in enumerate(members):
        for time in range(times):
            said = context(f"@m{number}:x", 1_000 * time, level=Trust.MEMBER, **more)
            pace.settled(said, recorded(decision))
    return pace


def above(pace, sent, at_ms=9_000, room_id=ROOM):
    counts = AboveMembersCounts(AttemptCounts(), pace)
    question = AttemptsAboveMembers(Per.SENDER, NEWCOMER, (), 60)
    return counts.answer(question, context(NEWCOMER, at_ms, room_id=room_id), Total(sent))


def test_newcomers_may_write_twice_as_often_as_four_members():
    pace = pace_of([5, 4, 3, 3, 1])

    assert [above(pace, sent) for sent in (6, 7)] == [0, 7]


@pytest.mark.parametrize(
    "pace",
    [
        pace_of([9, 9, 9]),
        pace_of([9, 9, 9, 1]),
        pace_of([3, 3, 3, 3], known_hours=30),
        pace_of([3, 3, 3, 3], decision=REFUSED),
        pace_of([3, 3, 3, 3], room_id=OTHER_ROOM),
    ],
    ids=[
        "three members",
        "a fourth who said one thing",
        "members of a day",
        "refused members",
        "members elsewhere",
    ],
)
def test_others_set_no_pace(pace):
    assert above(pace, 2) == 2


def test_the_pace_of_members_counts_while_they_keep_it_and_until_they_are_erased():
    pace = pace_of([3, 3, 3, 3])
    pace.settled(context("@m0:x", 0, level=Trust.MEMBER, room_id=OTHER_ROOM), recorded())

    assert above(pace, 3, at_ms=70_000) == 3
    assert above(pace, 3) == 0
    pace.forget_person("@m0:x")
    assert above(pace, 3) == 3


async def test_a_room_that_is_erased_has_no_pace():
    pace = pace_of([3, 3, 3, 3])
    await pace.forget_room(ROOM)

    assert above(pace, 3) == 3


class Newcomer:
    def __init__(self):
        self.repeated = RepeatedTexts()

    def says(self, body, at_ms=0, **more):
        """Return True if this is a copy of what the newcomer said last."""
        said = context(NEWCOMER, at_ms, body=body, **more)
        return self.repeated.note(said).is_copy


def test_a_copy_of_the_last_text_in_the_room_is_one():
    newcomer = Newcomer()

    said = [newcomer.says(body) for body in ("hello", "hello", "bye", "hello")]
    assert said == [False, True, False, False]
    assert not newcomer.says("hello", room_id=OTHER_ROOM)


def test_copies_count_once_there_are_many_within_an_hour():
    newcomer = Newcomer()

    copies = [newcomer.says("hello") for _ in range(MOST_COPIES + 5)]
    assert copies.count(True) == MOST_COPIES
    assert not copies[-1]
    assert not newcomer.says("hello", at_ms=COPIES_WITHIN_MS + 1)
    assert newcomer.says("hello", at_ms=COPIES_WITHIN_MS + 2)


def test_of_one_person_six_texts_within_twenty_seconds_count_among_those_of_a_room():
    counts = FreshAttemptCounts(RepeatedTexts())
    own = FreshAttempts(Per.SENDER, NEWCOMER, ("group",), 60)
    everybodys = FreshAttempts(Per.ROOM, ROOM, ("group",), 20)

    def added(number, at_ms, question=everybodys):
        said = context(NEWCOMER, at_ms, body=f"line {number}")
        assert counts.counts(own, said).units == 1
        return counts.counts(question, said).units

    assert [added(number, 1_000 * number) for number in range(8)] == [1, 1, 1, 1, 1, 1, 0, 0]
    assert added(8, BURST_MS + 1) == 1


def test_erased_people_and_rooms_are_forgotten():
    newcomer, other = Newcomer(), Newcomer()
    newcomer.says("hello")
    other.says("hello")
    newcomer.repeated.forget_person(NEWCOMER)
    other.repeated.forget_room(ROOM)

    assert not newcomer.says("hello")
    assert not other.says("hello")
