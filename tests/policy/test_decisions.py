"""Decisions come back from storage exactly as they went in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.findings import Finding, Mode
from countersign.policy.harms import Harm
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
)
DECISIONS = st.builds(
    Decision,
    verdict=st.sampled_from(Verdict),
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    says=st.none() | st.text(max_size=20),
    harms=st.lists(st.sampled_from(Harm), max_size=3).map(tuple),
    policy_revision=st.text(max_size=12),
)


@given(DECISIONS)
def test_a_decision_comes_back_from_json_field_for_field(decision):
    stored = json.loads(json.dumps(decision.to_json()))

    assert Decision.from_json(stored) == decision


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
def test_what_is_no_decision_is_refused(stored):
    with pytest.raises(BadJson):
        Decision.from_json(stored)


def test_a_failure_is_no_harm():
    finding = Finding(filter="x", harm=Harm.NONE, reason="", says="")

    assert Decision.on((finding,), policy_revision="").harms == ()


def recorded(key):
    return RecordedDecision(
        key=key,
        room_id="!r:example.org",
        event_id="$e",
        event_type="m.room.message",
        sender="@a:example.org",
        asked_by="example.org",
        decided_ts=1,
        decision=Decision.on((), policy_revision=""),
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
