"""Tests of `silence`, which refuses muted senders, with exactly the policy's settings."""

from countersign.policy.facts import Facts
from countersign.policy.filters.people.silence import Silence
from countersign.policy.questions.people import Silenced
from tests.policy.conftest import ALICE


def test_an_unmuted_sender_passes(message):
    question = Silenced(ALICE, 3, 600, 60, 3_600)

    assert [*Silence().asks(message())] == [question]
    assert Silence().judge(message(), Facts({question: False})) is None


def test_a_muted_sender_is_refused_without_numbers(message):
    silence = Silence(after_refusals=2, within_seconds=30, silence_seconds=5, max_seconds=10)

    finding = silence.judge(message(), Facts({Silenced(ALICE, 2, 30, 5, 10): True}))

    assert finding.reason == (
        "the sender is silent for a while, after 2 refused events within 30 seconds"
    )
    assert not any(map(str.isdigit, finding.says))
