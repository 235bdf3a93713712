"""Decisions are read back from storage exactly as they were stored."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import Trust
from countersign.protocol.errors import BadJson

MEASURED = st.none() | st.integers() | st.text(max_size=20)
FINDINGS = st.builds(
    Finding,
    filter=st.text(max_size=20),
    harm=st.sampled_from(Harm),
    reason=st.text(max_size=40),
    says=st.text(max_size=40),
    value=MEASURED,
    limit=MEASURED,
    mode=st.sampled_from(Mode),
    step=st.sampled_from(("", "adverts")),
    weight=st.none() | st.integers(0, 9),
    kind=st.sampled_from(FindingKind),
    points=st.none() | st.integers(0, 9),
    hits=st.integers(1, 3),
    expires_ts=st.none() | st.integers(0, 2**53),
)
DECISIONS = st.builds(
    Decision,
    verdict=st.sampled_from(Verdict),
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    says=st.none() | st.text(max_size=20),
    harms=st.lists(st.sampled_from(Harm), max_size=3).map(tuple),
    policy_revision=st.text(max_size=12),
    score=st.integers(0, 20),
    threshold=st.none() | st.integers(1, 20),
    trust=st.none() | st.sampled_from(Trust),
    language=st.sampled_from(("en", "de")),
)


@given(DECISIONS)
def test_a_decision_comes_back_from_json_field_for_field(decision):
    for stored in (decision.to_json(), decision.to_stored()):
        assert Decision.from_json(json.loads(json.dumps(stored))) == decision


def found(name, **more):
    return Finding(
        filter=name, harm=Harm.SPAM, reason="because", says="please", value=3, limit=2, **more
    )


def test_decisions_keep_deciding_findings_and_those_that_add_up():
    weak = found("weak", weight=2, points=5, hits=2)
    tried, alone = found("tried", mode=Mode.SHADOW), found("alone")
    kept = Decision.from_findings((weak, tried, alone), policy_revision="1").for_record()

    assert kept.findings == (
        replace(weak, reason="", says="", value=None, limit=None),
        replace(tried, says=""),
        alone,
    )
    assert (kept.score, kept.says, kept.deciding) == (2, "please", (alone,))
    assert kept.for_record() == kept


COURTESY = FindingKind.COURTESY
RATE, MUTE = ({"kind": COURTESY, "expires_ts": end_ts} for end_ts in (5, 9))


@pytest.mark.parametrize(
    ("findings", "expires_ts"),
    [
        ((found("rate", **RATE),), 5),
        (
            (
                found("rate", **RATE),
                found("mute", **MUTE),
            ),
            9,
        ),
        ((found("rate", **RATE), found("size", kind=COURTESY)), None),
        ((found("rate", **RATE), found("rule", expires_ts=9)), None),
        ((found("rate", **RATE, mode=Mode.SHADOW),), None),
        ((found("evidence", kind=FindingKind.EVIDENCE, weight=11, expires_ts=5),), None),
        ((), None),
    ],
)
def test_only_what_courtesy_alone_refuses_names_a_time(findings, expires_ts):
    assert Decision.from_findings(findings, policy_revision="1").expires_ts == expires_ts


def test_all_weights_that_decide_together_are_kept():
    decision = Decision.from_findings(
        (found("a", weight=6), found("b", weight=5)), policy_revision="1"
    )

    assert decision.for_record() == decision


def test_all_findings_of_a_spared_event_are_kept():
    decision = Decision.from_findings(
        (found("alone"), found("weak", weight=1)), policy_revision="1"
    )

    assert decision.spared("warned before").for_record().findings == decision.findings


def test_a_stored_decision_leaves_out_what_is_usual_and_earlier_versions_can_read_it():
    stored = Decision.from_findings((found("alone"),), policy_revision="1").to_stored()

    assert stored.keys() == {"verdict", "findings", "says", "harms", "policy_revision"}
    assert stored["findings"][0].keys() == {
        "filter", "harm", "reason", "says", "value", "limit", "mode",
    }  # fmt: skip


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"verdict": "allow"},
        [],
        None,
        {"verdict": "sign", "findings": 5, "says": None, "harms": [], "policy_revision": ""},
        {"verdict": "sign", "findings": [{}], "says": None, "harms": [], "policy_revision": ""},
        {"verdict": "sign", "findings": [], "says": None, "harms": ["x"], "policy_revision": ""},
    ],
)
def test_invalid_stored_decisions_are_refused(stored):
    with pytest.raises(BadJson):
        Decision.from_json(stored)


def test_a_failure_is_no_harm():
    finding = Finding(filter="x", harm=Harm.NONE, reason="", says="")

    assert Decision.from_findings((finding,), policy_revision="").harms == ()


def recorded(key):
    return RecordedDecision(
        key=key,
        room_id="!r:example.org",
        event_id="$e",
        event_type="m.room.message",
        sender="@a:example.org",
        asked_by="example.org",
        decided_ts=1,
        decision=Decision.from_findings((), policy_revision=""),
    )


@pytest.mark.parametrize(
    ("key", "reference"),
    [
        (bytes(32), "00000-00000"),
        (b"\xff" * 32, "ZZZZZ-ZZZZZ"),
        (bytes.fromhex("0123456789abcd") + bytes(25), "04HMA-SW9NF"),
        (bytes(6) + b"\x3f" + b"\xff" * 25, "00000-00000"),
        (bytes(6) + b"\x40" + bytes(25), "00000-00001"),
    ],
)
def test_a_reference_is_the_first_fifty_bits_of_the_key(key, reference):
    assert recorded(key).reference == reference


def test_every_harm_but_none_is_an_identifier_of_the_proposal():
    assert all(
        harm.value.startswith("org.matrix.msc4456.") for harm in Harm if harm is not Harm.NONE
    )
