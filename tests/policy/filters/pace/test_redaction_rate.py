"""Tests of `redaction-rate`: people may redact their own events; floods of it are refused."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.pace.redaction_rate import RedactionRate
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions.counts import SignedEvents
from countersign.policy.questions.sender_groups import Per
from tests.policy.conftest import ALICE


def judged(event, *, redacted, wrote):
    standing = Standing(level=Trust.NEW, because="", accepted_events=wrote)
    redaction = event("m.room.redaction", {"redacts": "$a"}, standing=standing)
    filter_ = RedactionRate(spare=3)
    return filter_.judge(redaction, Facts(dict.fromkeys(filter_.asks(redaction), redacted)))


def test_questions_are_asked_about_redactions_only(event, message):
    (question,) = RedactionRate().asks(event("m.room.redaction", {"redacts": "$a"}))

    assert question == SignedEvents(Per.SENDER, ALICE, ("m.room.redaction",), 86_400)
    assert [*RedactionRate().asks(message())] == []


@pytest.mark.parametrize(("redacted", "wrote"), [(0, 0), (2, 0), (500, 498), (9, 100)])
def test_as_many_redactions_as_the_sender_has_events_and_some_more_pass(event, redacted, wrote):
    assert judged(event, redacted=redacted, wrote=wrote) is None


def test_further_redactions_are_refused(event):
    finding = judged(event, redacted=13, wrote=10)

    assert finding.reason == (
        f"{ALICE} had 13 redactions signed in 86400 seconds, and 10 other events; "
        "this community allows 3 more"
    )
