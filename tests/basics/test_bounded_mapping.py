"""Tests of `BoundedMapping`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.basics.bounded_mapping import BoundedMapping


def test_forgets_what_was_used_longest_ago():
    mapping = BoundedMapping(2)
    mapping["a"] = 1
    mapping["b"] = 2
    mapping["a"] = 3

    mapping["c"] = 4

    assert list(mapping.items()) == [("a", 3), ("c", 4)]


def test_using_keeps_an_entry_and_looking_does_not():
    mapping = BoundedMapping(3)
    mapping.update(a=1, b=2, c=3)

    assert mapping.use("b") == 2
    assert mapping.get("a") == mapping["a"] == 1
    mapping["d"] = 4

    assert list(mapping) == ["c", "b", "d"]
    assert mapping.use("a") is None


@pytest.mark.parametrize("fill", ["setitem", "setdefault", "update"])
def test_no_way_in_leads_past_the_bound(fill):
    mapping = BoundedMapping(3)

    for key in range(10):
        if fill == "setitem":
            mapping[key] = key
        elif fill == "setdefault":
            assert mapping.setdefault(key, key) == key
        else:
            mapping.update({key: key})

    assert list(mapping) == [7, 8, 9]


def test_tells_what_it_pushes_out_and_not_what_is_deleted():
    forgotten = []
    mapping = BoundedMapping(2, lambda key, value: forgotten.append((key, value)))
    mapping.update(a=1, b=2, c=3)

    del mapping["b"]
    mapping.pop("c")
    mapping.update(d=4)
    mapping.forget_oldest()

    assert forgotten == [("a", 1), ("d", 4)]
    assert not mapping
    with pytest.raises(KeyError):
        mapping.forget_oldest()


@given(st.integers(1, 4), st.lists(st.tuples(st.sampled_from("su"), st.integers(0, 6))))
def test_is_the_same_as_a_plain_list_kept_in_order(maximum, steps):
    mapping, order = BoundedMapping(maximum), []

    for step, key in steps:
        if step == "s":
            mapping[key] = str(key)
            order = [each for each in order if each != key] + [key]
            order = order[-maximum:]
        else:
            assert mapping.use(key) == (str(key) if key in order else None)
            order = [each for each in order if each != key] + [key] * (key in order)

    assert list(mapping) == order
    assert list(mapping.values()) == [str(key) for key in order]
