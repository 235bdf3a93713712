"""Tests of `group-flood`, which limits people who fill a room together, and nobody else."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.pace.group_flood import GroupFlood
from countersign.policy.findings import FindingKind
from countersign.policy.questions.counts import Attempts
from countersign.policy.questions.crowds import Crowd
from tests.policy.conftest import ALICE

REACTED = (
    "m.reaction",
    {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$x", "key": "clown 🤡"}},
)
VOTED = (
    "m.reaction",
    {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$x", "key": "👍"}},
)


def crowd(writers, again, *, with_alice=True):
    names = {f"@x{number}:b" for number in range(writers - with_alice)}
    return Crowd(frozenset(names | ({ALICE} if with_alice else set())), again=again)


def judged(event, sent, crowd, *, just_now=1, lately=4):
    filter_ = GroupFlood(max_events=16, people=4, per_seconds=20, pause_seconds=10, own_events=3)
    counted = {20: sent, 10: just_now, 60: lately}
    answers = {
        each: counted[each.per_seconds] if isinstance(each, Attempts) else crowd
        for each in filter_.asks(event)
    }
    return filter_.judge(event, Facts(answers))


def test_a_dozen_who_write_again_and_again_are_a_flood(message):
    finding = judged(message(), 18, crowd(12, 6))

    assert (finding.kind, finding.value, finding.limit) == (FindingKind.COURTESY, 19, 16)


@pytest.mark.parametrize(
    ("sent", "crowd"),
    [(15, crowd(8, 8)), (40, crowd(36, 9)), (30, crowd(3, 3))],
    ids=["not that many", "a crowd that comes", "two or three talk"],
)
def test_others_are_heard(message, sent, crowd):
    assert judged(message(), sent, crowd) is None


def test_those_who_pause_as_people_do_are_heard_beside_a_flood(message):
    flood = crowd(12, 12)

    assert judged(message(), 60, flood, just_now=0, lately=2) is None
    assert judged(message(), 60, flood, just_now=0, lately=3) is not None
    assert judged(message(), 60, flood, just_now=1, lately=1) is not None


def test_those_who_keep_to_the_pace_of_members_are_heard(message):
    assert judged(message(), 60, crowd(12, 12), just_now=3, lately=0) is None


def test_only_messages_count(event, message):
    filter_ = GroupFlood()
    edit = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$x"}}

    assert [*filter_.asks(event("m.reaction")), *filter_.asks(message("* a", **edit))] == []


@pytest.mark.parametrize(
    ("options", "counted", "ignored"),
    [
        (
            {"max_chars": 3},
            ("m.room.message", {"body": "ha"}),
            ("m.room.message", {"body": "haha"}),
        ),
        (
            {"min_chars": 600},
            ("m.room.message", {"body": "ha" * 300}),
            ("m.room.message", {"body": "ha" * 299}),
        ),
        ({"follow_ups": ("reaction",)}, REACTED, ("m.room.message", {"body": "👍"})),
        ({"follow_ups": ("reaction",), "wordy": True}, REACTED, VOTED),
    ],
    ids=["short messages", "long messages", "reactions", "reactions with words"],
)
def test_only_what_is_named_counts(event, options, counted, ignored):
    filter_ = GroupFlood(**options)

    assert len(filter_.asks(event(*counted))) == 4
    assert filter_.asks(event(*ignored)) == ()


def test_each_kind_has_counts_of_its_own(event, message):
    kinds = (GroupFlood(max_chars=9), GroupFlood(min_chars=1), GroupFlood())

    asked = [question for each in kinds for question in each.asks(message("ha"))]
    assert len({*asked}) == len(asked) == 12
