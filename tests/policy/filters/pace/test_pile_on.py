"""Tests of `pile-on`, which counts senders who address one person, as evidence only."""

from dataclasses import replace

from countersign.policy.facts import Facts
from countersign.policy.filters.pace.pile_on import POINTS, PileOn
from countersign.policy.findings import FindingKind
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions.crowds import Crowd, SentBefore
from countersign.policy.questions.messages import (
    Answered,
    MessageRelatedTo,
    RelatedMessage,
    TurnedBackTo,
    TurnedToAuthor,
)
from countersign.policy.questions.people import Names, NamesInRoom
from countersign.policy.questions.raids import RecentNewcomers
from tests.policy.conftest import ALICE, BOB, CAROL


def judged(filter_, event, crowd):
    return filter_.judge(event, Facts(dict.fromkeys(filter_.asks(event), crowd)))


def calling(message, *user_ids):
    return message("hey", **{"m.mentions": {"user_ids": list(user_ids)}})


def test_questions_are_about_mentioned_people_and_not_the_sender(message):
    asked = [*PileOn(per_seconds=60).asks(calling(message, BOB, ALICE, CAROL))]

    assert asked == [SentBefore(f"mention {BOB}", 60), SentBefore(f"mention {CAROL}", 60)]
    assert [*PileOn().asks(message())] == []


def test_questions_are_asked_about_a_few_of_many_mentioned_people(message):
    many = calling(message, *(f"@p{number}:b" for number in range(50)))

    assert len([*PileOn().asks(many)]) == 4


def test_a_crowd_at_one_person_is_a_small_sign(message):
    filter_ = PileOn(senders=5)
    others = [f"@x{number}:b" for number in range(4)]

    assert judged(filter_, calling(message, BOB), Crowd(frozenset(others[:3]))) is None
    assert judged(filter_, calling(message, BOB), Crowd(frozenset({*others[:3], ALICE}))) is None
    finding = judged(filter_, calling(message, BOB), Crowd(frozenset(others)))
    assert (finding.value, finding.limit, finding.points) == (5, 5, POINTS)
    assert BOB in finding.reason


def crowded(event, strangers, *, moderators=(), others_who_wrote=0, answered=0):
    filter_ = PileOn(senders=10, crowd=20)
    names = Names(None, tuple((user_id, None) for user_id in moderators))
    others = Crowd(frozenset(f"@x{number}:b" for number in range(strangers)))
    wrote = {ALICE, *(f"@y{number}:b" for number in range(others_who_wrote))}
    answers = {
        each: names
        if isinstance(each, NamesInRoom)
        else others.senders | wrote
        if isinstance(each, RecentNewcomers)
        else frozenset({f"@x{number}:b" for number in range(answered)} | {"@friend:b"})
        if isinstance(each, TurnedBackTo)
        else others
        if "first" in each.thing
        else Crowd()
        for each in filter_.asks(event)
    }
    return filter_.judge(event, Facts(answers))


def test_a_crowd_of_strangers_is_asked_to_leave_somebody_alone(message):
    finding = crowded(calling(message, BOB), 19)

    assert (finding.kind, finding.points, finding.value) == (FindingKind.COURTESY, None, 20)
    assert crowded(calling(message, BOB), 18) is None
    assert crowded(message(f"{BOB} is a fool"), 19) is not None
    assert crowded(message("Bob is a fool"), 19) is None


def test_earlier_writers_and_mentioned_moderators_do_not_count(message):
    known = Standing(level=Trust.NEW, because="", accepted_events=5)

    assert crowded(replace(calling(message, BOB), standing=known), 40) is None
    assert crowded(calling(message, BOB), 40, moderators=[BOB]) is None


def test_a_crowd_of_which_many_say_something_else_may_go_on(message):
    assert crowded(calling(message, BOB), 19, others_who_wrote=13) is not None
    assert crowded(calling(message, BOB), 19, others_who_wrote=14) is None
    assert crowded(calling(message, BOB), 58, others_who_wrote=100) is None


def test_three_times_as_many_are_a_crowd_whatever_others_say(message):
    assert crowded(calling(message, BOB), 59, others_who_wrote=100).value == 60


def test_a_crowd_whom_the_person_answers_may_go_on(message):
    assert crowded(calling(message, BOB), 30, answered=3) is not None
    assert crowded(calling(message, BOB), 30, answered=4) is None
    assert crowded(calling(message, BOB), 70, answered=7) is not None
    assert crowded(calling(message, BOB), 70, answered=8) is None


def answering(message):
    return message("hey", **{"m.relates_to": {"m.in_reply_to": {"event_id": "$said"}}})


def test_a_crowd_that_answers_somebody_is_asked_to_leave_them_alone(message):
    filter_ = PileOn(crowd=20)
    others = frozenset(f"@x{number}:b" for number in range(19))
    told = {NamesInRoom: Names(None, ()), RecentNewcomers: others}

    def judged_with(answered, **related):
        event = answering(message)
        known = told | {MessageRelatedTo: RelatedMessage(BOB, 20, **related) if related else None}
        answers = {each: known.get(type(each), answered) for each in filter_.asks(event)}
        return filter_.judge(event, Facts(answers))

    assert TurnedToAuthor("$said", "first mention ", 3_600) in filter_.asks(answering(message))
    assert judged_with(Answered(BOB, Crowd(others), frozenset())).kind is FindingKind.COURTESY
    assert judged_with(Answered(BOB, Crowd(frozenset([*others][1:])), frozenset())) is None
    assert judged_with(Answered(BOB, Crowd(others), frozenset([*others][:4]))) is None
    assert judged_with(None) is None
    assert judged_with(Answered(BOB, Crowd(others), frozenset()), mentioned=(CAROL,)) is not None
    assert judged_with(Answered(BOB, Crowd(others), frozenset()), mentioned=(ALICE,)) is None
    assert [*PileOn().asks(answering(message))] == []
