"""`pile-on` counts who turns to one person, and decides nothing alone."""

from countersign.policy.facts import Facts
from countersign.policy.filters.pace.pile_on import POINTS, PileOn
from countersign.policy.questions import Crowd, SentBefore
from tests.policy.conftest import ALICE, BOB, CAROL


def judged(filter_, event, crowd):
    return filter_.judge(event, Facts(dict.fromkeys(filter_.asks(event), crowd)))


def calling(message, *user_ids):
    return message("hey", **{"m.mentions": {"user_ids": list(user_ids)}})


def test_asks_of_those_who_are_mentioned_and_not_of_the_sender(message):
    asked = [*PileOn(per_seconds=60).asks(calling(message, BOB, ALICE, CAROL))]

    assert asked == [SentBefore(f"mention {BOB}", 60), SentBefore(f"mention {CAROL}", 60)]
    assert [*PileOn().asks(message())] == []


def test_of_a_long_list_some_are_asked_about(message):
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
