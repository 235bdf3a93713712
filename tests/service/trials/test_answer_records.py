"""Tests of recorded answers: plain JSON, read back unchanged for every question."""

import json
from dataclasses import fields

import pytest

from countersign.bootstrap.judgement import build_dry_run
from countersign.policy.facts import FactUnavailable
from countersign.policy.measures.raid_mode import Raid
from countersign.policy.questions.checkers import CheckedBy, CheckerAnswer, ModerationScores
from countersign.policy.questions.counts import SignedEvents
from countersign.policy.questions.crowds import Crowd, SentBefore
from countersign.policy.questions.lists import ListedBy, Listing
from countersign.policy.questions.people import (
    ActiveNames,
    Names,
    NamesInRoom,
    Silenced,
)
from countersign.policy.questions.question import Question
from countersign.policy.questions.raids import RaidUnderWay
from countersign.policy.questions.sender_groups import Per
from countersign.policy.text.finders import NameFinder
from countersign.protocol.rooms.policy_rules import EntityKind, PolicyRule, Recommendation
from countersign.service.misses import MISS
from countersign.service.trials.answer_records import answer_type, find_answer, record_answers
from countersign.testing.filters import make_message_to_judge

EVENT = make_message_to_judge("hello Annabel Lee, is Roderick here?")
RULE = PolicyRule(
    kind=EntityKind.USER, entity="@a:b", digest=b"\xff\x00", recommendation=Recommendation.BAN
)
assert build_dry_run  # which knows the answerers of all questions
KINDS = sorted(
    (each for each in Question.__subclasses__() if each.__module__.startswith("countersign.")),
    key=lambda each: each.__name__,
)


def back(question, answer):
    written = json.loads(json.dumps(record_answers({question: answer}, EVENT)))
    return find_answer(written, question)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (SignedEvents(Per.SENDER, "@a:b", ("m.*",), 60), 17),
        (SentBefore("link x", 60), Crowd(frozenset({"@b:c", "@a:b"}), frozenset({"!r"}), 2)),
        (Silenced("@a:b", 3, 60, 60, 600), 1_750_000_000_000),
        (RaidUnderWay(), None),
        (
            RaidUnderWay(),
            Raid(
                because="many", started_ts=5, suspect_since_ts=4, until_ts=9, domains={"x.org": 8}
            ),
        ),
        (NamesInRoom("@a:b"), Names(None, (("@m:b", "Half \ud800 name"), ("@n:b", None)))),
        (ListedBy(("!l",), ("@a:b",), (), 10, ()), Listing("!l", RULE, "@a:b")),
        (ListedBy(("!l",), ("@a:b",), (), 10, ()), None),
        (CheckedBy("", 100, "helper"), CheckerAnswer(is_refusal=True, reason="because")),
        (ModerationScores("", 100, "ai", "", ("a \ud800",)), {"hate": 30}),
    ],
)
def test_an_answer_comes_back_as_it_was(question, answer):
    assert back(question, answer) == answer


def test_only_names_in_the_event_are_kept():
    names = NameFinder([("@ann:b", "Annabel Lee"), ("@rod:b", "Roderick"), ("@x:b", "Somebody")])
    question = ActiveNames("!r")
    written = record_answers({question: names}, EVENT)

    assert "somebody" not in json.dumps(written).lower()
    found = find_answer(written, question)
    assert found.users_in(EVENT.seen.normalized) == {"@ann:b", "@rod:b"}


def test_unanswered_questions_stay_unanswered():
    found = back(CheckedBy("", 100, "helper"), FactUnavailable("the helper is away"))

    assert isinstance(found, FactUnavailable)
    assert str(found) == "the helper is away"


def test_unrecorded_questions_are_unknown():
    asked = SignedEvents(Per.SENDER, "@a:b", (), 60)
    written = record_answers({asked: 3}, EVENT)

    assert find_answer(written, SignedEvents(Per.SENDER, "@a:b", (), 61)) is MISS
    assert find_answer(written, SignedEvents(Per.SERVER, "@a:b", (), 60)) is MISS


def test_an_answer_that_another_version_wrote_otherwise_counts_as_not_asked():
    asked = SentBefore("x", 60)
    (digest,) = record_answers({asked: Crowd()}, EVENT)

    for stored in ([3], [], {"else": 1}, "x", [{"senders": []}]):
        assert find_answer({digest: stored}, asked) is MISS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_question_can_be_kept(kind):
    """A set has another repr in each process; and an answer needs a type to be read by."""
    assert answer_type(kind) is not None
    assert not [each.name for each in fields(kind) if "set" in str(each.type)]
