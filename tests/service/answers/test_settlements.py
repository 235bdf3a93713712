"""Tests of the settlement of refused events: what counts against a sender, and what does not."""

import pytest

from countersign.policy.decisions import Decision
from countersign.policy.events import Event
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.policy.questions.crowds import Crowd, SimilarBefore
from countersign.policy.text.minhash import minhash_of
from countersign.ports.counters import Settlement
from countersign.service.answers.answers import Counted
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.settlements import settlement_of

POLICY = parse_policy(
    b"""
filters:
  - {name: words, keyword: {words: [a]}}
  - {name: own-rate, event-rate: {per: sender, max_events: 5}}
  - {name: room-rate, event-rate: {per: room, max_events: 5}}
  - {name: group, group-flood: {}}
  - {name: alike, wave: {}}
""",
    BUILTIN_FILTERS,
)
ALICE, BOB = "@alice:example.org", "@bob:example.org"
TEXT = "everybody repeats the sentence that the teacher wrote on the board this morning"


def settled(*steps, senders=frozenset()):
    event = Event(
        type="m.room.message",
        sender=ALICE,
        server="example.org",
        room_id="!room:example.org",
        state_key=None,
        content={"msgtype": "m.text", "body": TEXT},
        origin_server_ts=0,
        size_bytes=1,
    )
    context = EventContext(
        community="default", policy=POLICY, room=None, event=event, now=0.0, now_ts=0
    )
    findings = tuple(
        Finding(
            filter="any", step=step, harm=Harm.SPAM, reason="", says="", kind=FindingKind.EVIDENCE
        )
        for step in steps
    )
    question = SimilarBefore(minhash_of(TEXT), 60, 600)
    return settlement_of(
        context,
        Decision.from_findings(findings, policy_revision=POLICY.revision),
        Counted(asking=(question,), replies=(Crowd(senders=frozenset(senders)),)),
    )


@pytest.mark.parametrize("step", ["room-rate", "group"])
def test_a_refusal_for_what_others_did_does_not_count_against_the_sender(step):
    assert settled(step) is Settlement.EXCUSED
    assert settled(step, "words") is Settlement.REFUSED


@pytest.mark.parametrize("step", ["words", "own-rate", "alike"])
def test_a_refusal_for_what_the_sender_did_counts(step):
    assert settled(step) is Settlement.REFUSED


def test_a_text_that_others_wrote_too_counts_only_if_there_is_other_evidence():
    assert settled("alike", senders={BOB}) is Settlement.ALIKE
    assert settled("alike", "room-rate", senders={BOB}) is Settlement.ALIKE
    assert settled("words", senders={BOB}) is Settlement.REFUSED
    assert settled("alike", "words", senders={BOB}) is Settlement.REFUSED
    assert settled("alike", senders={ALICE}) is Settlement.REFUSED
