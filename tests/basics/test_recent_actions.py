"""Tests of `RecentActions`: recent actions are not due, and the number of keys is bounded."""

from countersign.basics.recent_actions import RecentActions


def test_an_action_is_due_again_after_its_time():
    recent = RecentActions(10)

    assert [recent.is_due("a", now, 60) for now in (5, 5, 64.9, 65, 66)] == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_each_key_has_its_own_time():
    recent = RecentActions(10)

    assert recent.is_due(("a", "b"), 0, 60)
    assert recent.is_due(("a", "c"), 0, 60)


def test_a_clock_that_begins_anew_makes_all_due():
    recent = RecentActions(10)
    recent.is_due("a", 1_000, 60)

    assert recent.is_due("a", 3, 60)


def test_the_longest_unused_key_is_forgotten():
    recent = RecentActions(2)
    for key in ("a", "b", "c"):
        recent.is_due(key, 0, 60)

    assert recent.is_due("a", 1, 60)
    assert not recent.is_due("c", 1, 60)
