"""Tests of `depth`: old rooms pass, depths that would make a room unusable do not."""

import pytest

from countersign.policy.filters.form.depth import Depth


@pytest.mark.parametrize("depth", [0, 1, 40_000_000, 1_000_000_000])
def test_a_possible_depth_passes(event, no_facts, depth):
    assert Depth().judge(event(depth=depth), no_facts) is None


@pytest.mark.parametrize("depth", [1_000_000_001, 2**32, 2**52, 2**53 - 1])
def test_an_impossible_depth_is_refused(event, no_facts, depth):
    finding = Depth().judge(event(depth=depth), no_facts)

    assert finding is not None
    assert finding.reason == f"claims to be at depth {depth:,}; this room allows 1,000,000,000"
    assert (finding.value, finding.limit) == (depth, 1_000_000_000)


def test_the_limit_is_the_policys(event, no_facts):
    assert Depth(max_depth=5_000).judge(event(depth=5_000), no_facts) is None
    assert Depth(max_depth=5_000).judge(event(depth=5_001), no_facts) is not None
