"""Tests of crowds: how many newcomers are usual, and more than that."""

import pytest

from countersign.basics.durations import DAY_MS
from countersign.policy.measures.crowds import CROWD_MS, NewcomerCrowd, usual_people

DAY = DAY_MS // CROWD_MS
QUIET = {7 * DAY + 3: 1, 8 * DAY + 90: 2, 9 * DAY + 5: 1, 9 * DAY + 60: 3, 10 * DAY: 2}


@pytest.mark.parametrize(
    ("more", "usual"),
    [
        ({}, 2),
        ({11 * DAY + 70: 60}, 2),
        ({11 * DAY + 70: 60, 11 * DAY + 71: 80, 12 * DAY: 40}, 3),
        ({day * DAY: 20 for day in range(11, 16)}, 20),
    ],
    ids=["quiet", "a launch", "two odd days", "a busy week"],
)
def test_usual_is_the_busiest_time_of_a_day_that_is_not_odd(more, usual):
    assert usual_people(QUIET | more) == usual


def test_nothing_is_usual_in_the_first_days():
    assert usual_people({}) == usual_people({1: 30, 2: 40, DAY: 50}) == 0


@pytest.mark.parametrize(
    ("people", "usual", "is_unusual"),
    [(11, 0, False), (12, 4, True), (12, 5, False), (60, 20, True)],
)
def test_a_crowd_is_unusual_from_some_number_and_from_three_times_the_usual_on(
    people, usual, is_unusual
):
    crowd = NewcomerCrowd(people=people, messages=people, rooms=("!a:b",), usual=usual)

    assert crowd.is_unusual(12) is is_unusual
