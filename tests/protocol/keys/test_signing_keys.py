"""Tests of signing keys: which are accepted, what they sign, and that secrets never leave them."""

import copy
import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings

from countersign.protocol import unpadded_base64
from countersign.protocol.errors import BadJson, ProtocolError
from countersign.protocol.keys.signing_keys import (
    KNOWN_LEAKED_KEYS,
    PolicySigningKey,
    ServerSigningKey,
    SigningKey,
    SigningKeyInvalid,
    VerifyKey,
    format_key_file,
    is_ed25519_key_id,
    parse_key_file,
)

SEED = bytes(range(32))
PRIME = 2**255 - 19
ORDER_EIGHT = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)


def spelled(y: int, sign: int = 0) -> bytes:
    """Return the encoding of a point with this y, canonical or not."""
    return (y | sign << 255).to_bytes(32, "little")


def small_order_points() -> list[bytes]:
    """All 8 points, and every other spelling of them."""
    order_eight = [int.from_bytes(bytes.fromhex(text), "little") for text in ORDER_EIGHT]
    ys = [0, 1, PRIME - 1, *order_eight, PRIME, PRIME + 1]
    return [spelled(y, sign) for y in ys for sign in (0, 1)]


def non_canonical_points() -> list[bytes]:
    """Every spelling of a y that is not below the prime."""
    return [spelled(y, sign) for y in range(PRIME, 2**255) for sign in (0, 1)]


@pytest.fixture
def key() -> ServerSigningKey:
    return ServerSigningKey("a_1", SEED)


class TestVerifyKey:
    def test_reads_a_key_however_its_base64_is_spelled(self, key):
        raw = key.verify_key.raw
        standard, url_safe = unpadded_base64.encode(raw), unpadded_base64.encode_url_safe(raw)

        for text in (standard, url_safe, standard + "=", url_safe + "="):
            assert VerifyKey.from_base64("ed25519:a_1", text) == key.verify_key

    def test_writes_standard_unpadded_base64(self, key):
        assert key.verify_key.to_base64() == "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"

    @pytest.mark.parametrize("length", [0, 31, 33, 64])
    def test_refuses_any_other_length(self, length):
        with pytest.raises(BadJson, match="32 bytes"):
            VerifyKey.from_base64("ed25519:1", unpadded_base64.encode(bytes([7] * length)))

    @pytest.mark.parametrize("text", ["", "!", "ü", "A" * 42, "A" * 1_000_000])
    def test_refuses_what_is_no_key_at_all(self, text):
        with pytest.raises(BadJson):
            VerifyKey.from_base64("ed25519:1", text)

    @pytest.mark.parametrize("raw", small_order_points(), ids=bytes.hex)
    def test_refuses_points_of_small_order(self, raw):
        """Under the identity, one signature holds for every message."""
        with pytest.raises(BadJson):
            VerifyKey("ed25519:1", raw)

    @pytest.mark.parametrize("raw", non_canonical_points(), ids=bytes.hex)
    def test_refuses_points_spelled_non_canonically(self, raw):
        with pytest.raises(BadJson):
            VerifyKey("ed25519:1", raw)

    def test_refuses_a_point_off_the_curve(self):
        with pytest.raises(BadJson, match="curve"):
            VerifyKey("ed25519:1", spelled(2))

    def test_refuses_an_honest_point_with_a_small_one_added(self, key):
        mixed = bindings.crypto_core_ed25519_add(key.verify_key.raw, bytes.fromhex(ORDER_EIGHT[0]))

        with pytest.raises(BadJson):
            VerifyKey("ed25519:1", mixed)

    def test_refuses_the_key_that_the_whole_world_holds(self):
        seed = bytes.fromhex("0194fdc2fa2ffcc041d3ff12045b73c86e4ff95ff662a5eee82abdf44a2d0b75")
        public, _ = bindings.crypto_sign_seed_keypair(seed)

        assert public in KNOWN_LEAKED_KEYS
        with pytest.raises(BadJson, match="public knowledge"):
            VerifyKey.from_base64("ed25519:1", "l/O9hxMVKB6Lg+3Hqf0FQQZhVESQcMzbPN1Cz2nM3og")
        with pytest.raises(SigningKeyInvalid):
            ServerSigningKey("1", seed)

    @given(st.text(max_size=300))
    def test_any_text_is_a_key_or_a_protocol_error(self, text):
        with suppress(ProtocolError):
            assert len(VerifyKey.from_base64("ed25519:1", text).raw) == 32

    def test_verifies_what_its_secret_half_signed(self, key):
        assert key.verify_key.verify(b"message", key.sign(b"message"))
        assert key.verify_key.verify(b"", key.sign(b""))

    def test_does_not_verify_another_message_or_an_altered_signature(self, key):
        signature = bytearray(key.sign(b"message"))

        assert not key.verify_key.verify(b"massage", bytes(signature))
        for position in range(64):
            altered = bytearray(signature)
            altered[position] ^= 1
            assert not key.verify_key.verify(b"message", bytes(altered))

    def test_does_not_verify_a_signature_with_the_group_order_added(self, key):
        signature = key.sign(b"message")
        order = 2**252 + 27742317777372353535851937790883648493
        malleated = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(
            32, "little"
        )

        assert not key.verify_key.verify(b"message", malleated)

    @given(st.binary(max_size=100), st.binary(max_size=100))
    def test_never_raises_whatever_the_signature(self, message, signature):
        assert not ServerSigningKey("1", SEED).verify_key.verify(message, signature)

    @pytest.mark.parametrize("signature", [None, 7, "", "=", "ü" * 86, "A" * 10_000, "A" * 86, []])
    def test_calls_what_is_no_signature_in_json_invalid(self, key, signature):
        assert not key.verify_key.verify_base64(b"message", signature)


class TestSigningKey:
    def test_the_key_id_names_algorithm_and_version(self, key):
        assert key.key_id == key.verify_key.key_id == "ed25519:a_1"

    def test_a_server_key_may_not_bear_the_policy_keys_name(self):
        with pytest.raises(SigningKeyInvalid, match="policy_server"):
            ServerSigningKey("policy_server", SEED)

    def test_the_policy_key_has_the_id_that_the_spec_fixes(self):
        assert PolicySigningKey(SEED).key_id == "ed25519:policy_server"

    def test_the_two_kinds_are_not_each_other(self, key):
        assert not isinstance(PolicySigningKey(SEED), ServerSigningKey)
        assert not isinstance(key, PolicySigningKey)

    @pytest.mark.parametrize("version", ["", "a:b", "a b", "a-b", "ü", "x" * 65, "a\n"])
    def test_refuses_a_version_outside_the_grammar(self, version):
        with pytest.raises(SigningKeyInvalid):
            ServerSigningKey(version, SEED)

    @pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
    def test_refuses_a_seed_of_another_length(self, seed):
        with pytest.raises(SigningKeyInvalid):
            SigningKey("1", seed)

    def test_shows_the_seed_nowhere(self, key):
        shown = f"{key!r} {key} {key.verify_key!r}"

        assert SEED.hex() not in shown
        assert unpadded_base64.encode(SEED) not in shown
        assert repr(SEED)[2:-1] not in shown
        assert shown.startswith("<ServerSigningKey ed25519:a_1 A6EHv/")

    def test_is_neither_pickled_nor_copied(self, key):
        for leave in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                leave(key)


class TestKeyFile:
    def test_reads_what_it_writes(self):
        assert parse_key_file(format_key_file("a_1", SEED)) == ("a_1", SEED)

    def test_writes_one_line_as_homeservers_do(self):
        line = "ed25519 a_1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"

        assert format_key_file("a_1", SEED) == line

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("", id="empty"),
            pytest.param("ed25519 a_1\n", id="no seed"),
            pytest.param("rsa a_1 AAEC\n", id="another algorithm"),
            pytest.param("ed25519 a-1 " + "A" * 43, id="version outside the grammar"),
            pytest.param("ed25519 a_1 AAEC\n", id="short seed"),
            pytest.param("ed25519 a_1 !!!!\n", id="not base64"),
            pytest.param(format_key_file("a", SEED) + format_key_file("b", SEED), id="two keys"),
        ],
    )
    def test_refuses_anything_else(self, text):
        with pytest.raises(SigningKeyInvalid):
            parse_key_file(text)

    def test_an_error_does_not_repeat_the_seed(self):
        seed = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh"

        with pytest.raises(SigningKeyInvalid) as caught:
            parse_key_file(f"ed25519 a_1 {seed}!")

        assert seed not in str(caught.value)


@pytest.mark.parametrize("key_id", ["ed25519:1", "ed25519:auto", "ed25519:a+b/c"])
def test_takes_key_ids_as_servers_spell_them(key_id):
    assert is_ed25519_key_id(key_id)


@pytest.mark.parametrize("key_id", ["", "ed25519", "ed25519:", "rsa:1", "ed25519:" + "x" * 121])
def test_passes_over_other_key_ids(key_id):
    assert not is_ed25519_key_id(key_id)
