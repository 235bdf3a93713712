"""What was done lately is not due again, and a bounded number of keys is remembered."""

from countersign.basics.lately import Lately


def test_what_was_done_is_due_again_once_its_time_is_over():
    lately = Lately(10)

    assert [lately.is_due("a", now, 60) for now in (5, 5, 64.9, 65, 66)] == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_each_key_has_its_own_time():
    lately = Lately(10)

    assert lately.is_due(("a", "b"), 0, 60)
    assert lately.is_due(("a", "c"), 0, 60)


def test_a_clock_that_begins_anew_makes_all_due():
    lately = Lately(10)
    lately.is_due("a", 1_000, 60)

    assert lately.is_due("a", 3, 60)


def test_the_longest_unused_key_is_forgotten():
    lately = Lately(2)
    for key in ("a", "b", "c"):
        lately.is_due(key, 0, 60)

    assert lately.is_due("a", 1, 60)
    assert not lately.is_due("c", 1, 60)
