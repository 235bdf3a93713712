"""Tests of signed JSON, with the spec's examples and another implementation."""

import json
from typing import Any

import pytest
import signedjson.key
import signedjson.sign
from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol import unpadded_base64
from countersign.protocol.errors import BadJson
from countersign.protocol.keys.signatures import (
    sign_json,
    signable_bytes,
    signature_of,
    signature_verifies,
)
from countersign.protocol.keys.signing_keys import ServerSigningKey
from countersign.testing.events import make_key
from tests.protocol.conftest import read_vectors

KEY = ServerSigningKey("1", unpadded_base64.decode("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
json_objects = st.dictionaries(st.text(max_size=8), json_values, max_size=5)


@pytest.mark.parametrize("example", read_vectors("signatures"))
def test_signs_as_the_specification_does(example):
    signed = sign_json(example["json"], "domain", KEY)

    assert signed == {
        **example["json"],
        "signatures": {"domain": {"ed25519:1": example["signature"]}},
    }
    assert signature_verifies(signed, "domain", KEY.verify_key)


def test_leaves_the_object_it_is_given_alone():
    original: dict[str, Any] = {"a": 1, "signatures": {"domain": {"ed25519:0": "x"}}}
    before = json.dumps(original)

    sign_json(original, "domain", KEY)

    assert json.dumps(original) == before


def test_keeps_other_signatures_and_what_is_unsigned():
    signed = sign_json(
        {
            "unsigned": {"age": 7},
            "signatures": {"domain": {"ed25519:0": "x"}, "elsewhere": {"ed25519:1": "y"}},
        },
        "domain",
        KEY,
    )

    assert signed["unsigned"] == {"age": 7}
    assert signed["signatures"]["elsewhere"] == {"ed25519:1": "y"}
    assert set(signed["signatures"]["domain"]) == {"ed25519:0", "ed25519:1"}
    assert signature_verifies(signed, "domain", KEY.verify_key)


def test_covers_neither_signatures_nor_unsigned():
    assert signable_bytes({"b": 1, "a": 2, "signatures": 3, "unsigned": 4}) == b'{"a":2,"b":1}'


def test_does_not_sign_what_has_no_canonical_form():
    with pytest.raises(BadJson):
        sign_json({"big": 2**60}, "domain", KEY)


def test_a_signature_is_bound_to_name_key_and_object():
    signed = sign_json({"a": 1}, "domain", KEY)

    assert not signature_verifies(signed, "other", KEY.verify_key)
    assert not signature_verifies({**signed, "a": 2}, "domain", KEY.verify_key)
    assert not signature_verifies(signed, "domain", make_key("x", "1").verify_key)
    assert not signature_verifies(signed, "domain", make_key("x", "2").verify_key)


@pytest.mark.parametrize(
    "signatures",
    [None, [], "x", {"domain": None}, {"domain": ["ed25519:1"]}, {"domain": {"ed25519:1": 7}}],
)
def test_misshapen_signatures_are_no_signatures(signatures):
    assert not signature_verifies({"signatures": signatures}, "domain", KEY.verify_key)


def test_puts_up_with_numbers_outside_canonical_json_when_verifying():
    message = signable_bytes({"level": 50.5}, strict=False)
    signature = unpadded_base64.encode(KEY.sign(message))
    signed = {"level": 50.5, "signatures": {"domain": {"ed25519:1": signature}}}

    assert signature_verifies(signed, "domain", KEY.verify_key)


def test_a_value_without_canonical_form_has_no_valid_signature():
    signatures = {"domain": {"ed25519:1": "A" * 86}}

    assert not signature_verifies(
        {"text": "\ud800", "signatures": signatures}, "domain", KEY.verify_key
    )


@given(json_objects)
def test_another_implementation_makes_the_same_signature(json_object):
    other_key = signedjson.key.decode_signing_key_base64(
        "ed25519", "1", "YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"
    )
    json_object.pop("signatures", None)
    theirs = signedjson.sign.sign_json(json.loads(json.dumps(json_object)), "domain", other_key)
    ours = sign_json(json_object, "domain", KEY)

    assert ours["signatures"] == theirs["signatures"]
    signedjson.sign.verify_signed_json(ours, "domain", signedjson.key.get_verify_key(other_key))
    assert signature_verifies(theirs, "domain", KEY.verify_key)


@given(json_values, st.text(max_size=5))
def test_looking_for_a_signature_never_raises(signatures, name):
    signature_of({"signatures": signatures}, name, name)
    assert not signature_verifies({"signatures": signatures}, name, KEY.verify_key)
