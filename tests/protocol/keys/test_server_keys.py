"""Tests of key documents: owner, validity, and use."""

import json
from contextlib import suppress
from typing import Any

import pytest
import signedjson.key
import signedjson.sign
from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.errors import ProtocolError
from countersign.protocol.keys.server_keys import (
    MAX_DOCUMENT_BYTES,
    MAX_KEYS,
    MAX_VALIDITY_MS,
    key_for_event,
    key_for_request,
    parse_server_keys,
    server_keys_document,
)
from countersign.protocol.keys.signatures import sign_json
from countersign.protocol.keys.signing_keys import ServerSigningKey
from countersign.protocol.room_versions import ROOM_VERSIONS
from countersign.testing.events import make_key
from countersign.testing.peers import DAY_MS, Peer

NOW = 1_750_000_000_000
PEER = Peer("example.org")
OLD = make_key("example.org", "old")
KEY_ID = PEER.key.key_id
LENIENT, STRICT = ROOM_VERSIONS["4"], ROOM_VERSIONS["5"]


def document(**changes: Any) -> bytes:
    """The peer's document with changes, signed again."""
    unsigned = PEER.key_document(NOW, old_keys={OLD.key_id: (OLD.verify_key, NOW - DAY_MS)})
    del unsigned["signatures"]
    return encode_canonical(sign_json({**unsigned, **changes}, "example.org", PEER.key))


class TestParse:
    def test_reads_what_a_server_publishes(self):
        keys = parse_server_keys(document(), "example.org", NOW)

        assert keys.server_name == "example.org"
        assert keys.verify_keys == {KEY_ID: PEER.key.verify_key}
        gone_ts = NOW - DAY_MS
        assert keys.old_verify_keys == {OLD.key_id: (OLD.verify_key, gone_ts, gone_ts)}
        assert keys.valid_until_ts == NOW + DAY_MS
        assert keys.fetched_ts == NOW

    def test_believes_no_key_for_more_than_seven_days(self):
        keys = parse_server_keys(document(valid_until_ts=2**53 - 1), "example.org", NOW)

        assert keys.valid_until_ts == NOW + MAX_VALIDITY_MS

    def test_does_without_old_keys(self):
        raw = json.loads(document())
        del raw["old_verify_keys"], raw["signatures"]
        raw = sign_json(raw, "example.org", PEER.key)

        assert parse_server_keys(encode_canonical(raw), "example.org", NOW).old_verify_keys == {}

    @pytest.mark.parametrize(
        "entry",
        [
            pytest.param({"rsa:1": {"key": "AAAA"}}, id="another algorithm"),
            pytest.param({"ed25519:x": {"key": "AAAA"}}, id="a short key"),
            pytest.param({"ed25519:x": {"key": 7}}, id="a number"),
            pytest.param({"ed25519:x": None}, id="null"),
            pytest.param({"ed25519:x": {"key": "A" * 43}}, id="a point of small order"),
            pytest.param(
                {"ed25519:x": {"key": "l/O9hxMVKB6Lg+3Hqf0FQQZhVESQcMzbPN1Cz2nM3og"}},
                id="the leaked key",
            ),
            pytest.param({"ed25519:" + "x" * 200: {"key": OLD.verify_key.to_base64()}}, id="id"),
        ],
    )
    def test_passes_over_a_key_that_it_cannot_use(self, entry):
        verify_keys = {KEY_ID: {"key": PEER.key.verify_key.to_base64()}, **entry}

        keys = parse_server_keys(document(verify_keys=verify_keys), "example.org", NOW)

        assert set(keys.verify_keys) == {KEY_ID}

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"server_name": "EXAMPLE.org"}, id="another server's"),
            pytest.param({"server_name": None}, id="nobody's"),
            pytest.param({"verify_keys": {}}, id="no keys"),
            pytest.param({"verify_keys": []}, id="keys in a list"),
            pytest.param({"old_verify_keys": None}, id="old keys null"),
            pytest.param({"valid_until_ts": None}, id="no time"),
            pytest.param({"valid_until_ts": -1}, id="negative"),
            pytest.param({"valid_until_ts": True}, id="boolean"),
            pytest.param({"valid_until_ts": "1"}, id="string"),
            pytest.param(
                {"old_verify_keys": {"ed25519:o": {"key": OLD.verify_key.to_base64()}}},
                id="old key without a time",
            ),
            pytest.param(
                {"verify_keys": {f"ed25519:{i}": {} for i in range(MAX_KEYS + 1)}}, id="many keys"
            ),
        ],
    )
    def test_refuses(self, changes):
        with pytest.raises(ProtocolError):
            parse_server_keys(document(**changes), "example.org", NOW)

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"[]",
            b"null",
            b"{}",
            b'{"valid_until_ts":1e400}',
            document().replace(b'"valid_until_ts":1', b'"valid_until_ts":2'),
            document() + b" " * MAX_DOCUMENT_BYTES,
        ],
        ids=["empty", "list", "null", "bare", "infinite", "altered", "too large"],
    )
    def test_refuses_bytes(self, raw):
        with pytest.raises(ProtocolError):
            parse_server_keys(raw, "example.org", NOW)

    def test_refuses_a_document_that_another_key_signed(self):
        unsigned = json.loads(document())
        del unsigned["signatures"]
        forged = sign_json(unsigned, "example.org", make_key("mallory.example"))

        with pytest.raises(ProtocolError, match="wrong"):
            parse_server_keys(encode_canonical(forged), "example.org", NOW)

    def test_an_old_keys_signature_is_not_enough(self):
        unsigned = json.loads(document())
        del unsigned["signatures"]

        with pytest.raises(ProtocolError, match="not signed"):
            parse_server_keys(
                encode_canonical(sign_json(unsigned, "example.org", OLD)), "example.org", NOW
            )

    @given(
        st.dictionaries(
            st.sampled_from(
                ["server_name", "verify_keys", "old_verify_keys", "valid_until_ts", "signatures"]
            ),
            st.recursive(
                st.none() | st.integers() | st.floats() | st.text(max_size=5),
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(
                        st.sampled_from([KEY_ID, "example.org", "key", "expired_ts"]), inner
                    )
                ),
                max_leaves=6,
            ),
        )
    )
    def test_any_json_is_refused_as_a_protocol_error(self, changes):
        raw = {**json.loads(document()), **changes}

        with suppress(ProtocolError):
            parse_server_keys(json.dumps(raw).encode(), "example.org", NOW)


class TestKeyForEvent:
    KEYS = parse_server_keys(document(), "example.org", NOW)

    def test_a_key_in_use_is_good_up_to_its_last_moment(self):
        until = self.KEYS.valid_until_ts

        assert key_for_event(self.KEYS, KEY_ID, 0, STRICT) is not None
        assert key_for_event(self.KEYS, KEY_ID, until, STRICT) is not None
        assert key_for_event(self.KEYS, KEY_ID, until + 1, STRICT) is None

    def test_rooms_before_version_5_do_not_ask(self):
        assert key_for_event(self.KEYS, KEY_ID, 2**53, LENIENT) is not None

    def test_a_week_is_good_for_an_event_of_its_last_moment(self):
        keys = parse_server_keys(document(valid_until_ts=NOW + 30 * DAY_MS), "example.org", NOW)

        assert key_for_event(keys, KEY_ID, NOW + 7 * DAY_MS, STRICT) is not None
        assert key_for_event(keys, KEY_ID, NOW + 7 * DAY_MS + 1, STRICT) is None

    def test_a_document_out_of_date_is_good_for_events_of_its_time(self):
        keys = parse_server_keys(document(valid_until_ts=NOW - DAY_MS), "example.org", NOW)

        assert key_for_event(keys, KEY_ID, NOW - DAY_MS, STRICT) is not None
        assert key_for_event(keys, KEY_ID, NOW, STRICT) is None

    @pytest.mark.parametrize("rules", [LENIENT, STRICT])
    def test_an_old_key_is_good_up_to_the_moment_it_fell_out_of_use(self, rules):
        expired_ts = NOW - DAY_MS

        assert key_for_event(self.KEYS, OLD.key_id, expired_ts, rules) == OLD.verify_key
        assert key_for_event(self.KEYS, OLD.key_id, expired_ts + 1, rules) is None

    def test_an_unknown_key_is_none(self):
        assert key_for_event(self.KEYS, "ed25519:other", 0, STRICT) is None


class TestKeyForRequest:
    KEYS = parse_server_keys(document(), "example.org", NOW)

    def test_a_key_in_use_signs_requests_as_long_as_it_is_believed(self):
        assert key_for_request(self.KEYS, KEY_ID, NOW) == PEER.key.verify_key
        assert key_for_request(self.KEYS, KEY_ID, NOW + DAY_MS - 1) is not None
        assert key_for_request(self.KEYS, KEY_ID, NOW + DAY_MS) is None

    def test_old_keys_sign_no_requests(self):
        assert key_for_request(self.KEYS, OLD.key_id, 0) is None


class TestOurDocument:
    def test_is_one_that_we_would_accept(self):
        ours = server_keys_document("us.example", make_key("us.example"), NOW + DAY_MS)

        keys = parse_server_keys(encode_canonical(ours), "us.example", NOW)

        assert list(keys.verify_keys) == ["ed25519:paper"]
        assert ours["old_verify_keys"] == {}

    def test_is_one_that_another_implementation_accepts(self):
        key = ServerSigningKey("a", bytes(range(32)))
        ours = server_keys_document("us.example", key, NOW)
        theirs = signedjson.key.decode_verify_key_bytes("ed25519:a", key.verify_key.raw)

        signedjson.sign.verify_signed_json(ours, "us.example", theirs)
