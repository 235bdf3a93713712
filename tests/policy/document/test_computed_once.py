"""Tests of `computed_once`: a property computed at first use, and never again."""

from countersign.policy.document.computed_once import computed_once


class Counter:
    """Counts how often its value is computed."""

    times = 0

    @computed_once
    def value(self):
        """A value."""
        self.times += 1
        return self.times


def test_a_value_is_computed_at_first_use_and_kept():
    counter = Counter()

    assert counter.times == 0
    assert (counter.value, counter.value, counter.times) == (1, 1, 1)


def test_each_object_has_its_own():
    used, unused = Counter(), Counter()

    assert used.value == 1
    assert unused.times == 0


def test_the_class_tells_what_it_is():
    assert Counter.value.__doc__ == "A value."
