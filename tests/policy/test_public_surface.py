"""The public API for authors of filters is complete, and identical to what the program uses."""

import countersign.policy
from countersign.policy.filter import Filter
from countersign.policy.questions.counts import SignedEvents


def test_every_public_name_is_there():
    assert [
        name for name in countersign.policy.__all__ if not hasattr(countersign.policy, name)
    ] == []


def test_public_names_are_the_programs_own():
    assert countersign.policy.Filter is Filter
    assert countersign.policy.SignedEvents is SignedEvents


def test_other_names_are_not_there():
    assert not hasattr(countersign.policy, "Nothing")
