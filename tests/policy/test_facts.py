"""Tests of facts, the answers to filters' questions."""

import pytest

from countersign.policy.facts import NO_FACTS, Facts
from countersign.policy.questions.counts import SignedEvents
from countersign.policy.questions.sender_groups import Per

QUESTION = SignedEvents(Per.SENDER, "@a:b", (), 60)


def test_an_equal_question_finds_the_answer():
    assert Facts({QUESTION: 5})[SignedEvents(Per.SENDER, "@a:b", (), 60)] == 5


def test_a_question_that_nobody_asked_has_no_answer():
    with pytest.raises(KeyError):
        _ = NO_FACTS[QUESTION]
