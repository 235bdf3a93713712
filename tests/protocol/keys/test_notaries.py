"""Tests of notaries: which of their answers are accepted."""

import pytest

from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.errors import ProtocolError
from countersign.protocol.keys.notaries import (
    MAX_ANSWER_BYTES,
    MAX_DOCUMENTS,
    Notary,
    accepted,
    notary_question,
    parse_notary_answer,
)
from countersign.protocol.keys.server_keys import key_for_event
from countersign.protocol.keys.signatures import sign_json
from countersign.protocol.room_versions import get_room_version
from countersign.testing.events import make_key
from countersign.testing.peers import DAY_MS, Peer

NOW = 1_750_000_000_000
STRICT, LENIENT = get_room_version("5"), get_room_version("4")
WITNESS = Peer("notary.example")
NOTARY = Notary(WITNESS.server_name, WITNESS.verify_keys)
PEER = Peer("example.org")
EARLIER = Peer("example.org", key_version="earlier")
ASKED = ["example.org", "example.net"]


def signed(document, witness=WITNESS):
    return sign_json(document, witness.server_name, witness.key)


def answer(*documents):
    return encode_canonical({"server_keys": list(documents)})


def read(*documents):
    return parse_notary_answer(answer(*documents), NOTARY, ASKED, NOW)


def told(*documents):
    return read(*map(signed, documents))["example.org"].keys


def test_a_question_names_keys_and_how_long_they_must_be_valid():
    assert notary_question({"a.example": {"ed25519:1": 7}, "b.example": {}}) == {
        "server_keys": {"a.example": {"ed25519:1": {"minimum_valid_until_ts": 7}}, "b.example": {}}
    }


def test_believes_what_both_have_signed():
    found = read(signed(PEER.key_document(NOW)))

    assert list(found) == ["example.org"]
    keys = found["example.org"].keys
    assert keys.verify_keys == PEER.verify_keys
    assert (keys.fetched_ts, keys.told_ts) == (NOW, None)
    assert keys.valid_until_ts == NOW + DAY_MS


def test_knows_nothing_of_whom_the_notary_does_not_know():
    assert read() == {}


OTHER_KEY = Peer(WITNESS.server_name, key_version="paper", key=make_key("x", "paper"))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(PEER.key_document(NOW), id="not signed by the notary"),
        pytest.param(signed(PEER.key_document(NOW), OTHER_KEY), id="by another key of its ID"),
        pytest.param(
            signed(PEER.key_document(NOW), Peer("notary.example", key_version="new")),
            id="by a key that is not pinned",
        ),
        pytest.param(signed(PEER.key_document(NOW), Peer("other.example")), id="by another server"),
        pytest.param(
            {**signed(PEER.key_document(NOW)), "valid_until_ts": NOW + 2 * DAY_MS}, id="altered"
        ),
        pytest.param(
            signed({**PEER.key_document(NOW), "valid_until_ts": NOW + 2 * DAY_MS}),
            id="not signed by the server itself",
        ),
        pytest.param(signed(Peer("evil.example").key_document(NOW)), id="a server not asked about"),
        pytest.param(
            signed({**Peer("evil.example").key_document(NOW), "server_name": "example.org"}),
            id="another server's under an asked name",
        ),
        pytest.param(signed({**PEER.key_document(NOW), "verify_keys": {}}), id="no keys"),
        pytest.param("example.org", id="no object"),
        pytest.param({"server_name": ["example.org"]}, id="no name"),
    ],
)
def test_a_document_that_does_not_verify_spoils_no_other(document):
    found = read(document, signed(Peer("example.net").key_document(NOW)))

    assert list(found) == ["example.net"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"server_keys": {}}',
        b'{"server_keys": [' + b",".join([b"1"] * (MAX_DOCUMENTS + 1)) + b"]}",
        b'{"server_keys": [' + b" " * MAX_ANSWER_BYTES + b"]}",
    ],
)
def test_an_answer_of_another_shape_is_refused(raw):
    with pytest.raises(ProtocolError):
        parse_notary_answer(raw, NOTARY, ASKED, NOW)


def test_the_number_of_documents_of_one_server_is_limited():
    stale = [signed(PEER.key_document(NOW - number * DAY_MS)) for number in range(2, 60)]
    found = read(*stale, signed(PEER.key_document(NOW)))

    assert found["example.org"].keys.valid_until_ts == NOW - DAY_MS


class TestDocumentsOfThePast:
    LONG_AGO = NOW - 3_000 * DAY_MS

    def test_a_key_of_a_server_that_is_gone_verifies_the_events_of_its_time(self):
        keys = told(EARLIER.key_document(self.LONG_AGO))
        (key_id,) = EARLIER.verify_keys

        last_ts = self.LONG_AGO + DAY_MS
        assert key_for_event(keys, key_id, last_ts, STRICT) is not None
        assert key_for_event(keys, key_id, last_ts + 1, STRICT) is None
        assert key_for_event(keys, key_id, last_ts + 1, LENIENT) is not None

    def test_several_documents_are_one_whatever_their_order(self):
        documents = [EARLIER.key_document(self.LONG_AGO), PEER.key_document(NOW)]
        keys = told(*documents)

        assert keys == told(*reversed(documents))
        assert keys.verify_keys == PEER.verify_keys
        (key_id,) = EARLIER.verify_keys
        assert key_for_event(keys, key_id, self.LONG_AGO, STRICT) is not None
        assert key_for_event(keys, key_id, self.LONG_AGO + 2 * DAY_MS, STRICT) is None

    def test_rooms_before_version_5_do_not_ask_until_when_a_key_was_promised(self):
        keys = told(EARLIER.key_document(self.LONG_AGO), PEER.key_document(NOW - 10 * DAY_MS))
        (key_id,) = EARLIER.verify_keys

        # Its successor was in use by then, at the latest.
        gone_ts = NOW - 9 * DAY_MS
        assert key_for_event(keys, key_id, gone_ts, LENIENT) is not None
        assert key_for_event(keys, key_id, gone_ts + 1, LENIENT) is None


class TestAccepting:
    DIRECT = PEER.server_keys(NOW - 2 * DAY_MS)

    def test_the_first_word_counts_where_the_server_said_nothing(self):
        notary_answer = told(PEER.key_document(NOW))

        assert accepted(notary_answer, None) == (notary_answer, True)

    def test_a_notary_prolongs_what_the_server_said_itself(self):
        keys, is_newer = accepted(told(PEER.key_document(NOW)), self.DIRECT)

        assert is_newer
        assert keys.valid_until_ts == NOW + DAY_MS
        assert keys.told_ts == self.DIRECT.told_ts

    def test_a_notary_never_replaces_what_the_server_said_itself(self):
        keys, is_newer = accepted(told(EARLIER.key_document(NOW)), self.DIRECT)

        assert not is_newer
        assert keys.verify_keys == PEER.verify_keys
        assert keys.valid_until_ts == self.DIRECT.valid_until_ts
        (key_id,) = EARLIER.verify_keys
        assert key_for_event(keys, key_id, self.DIRECT.fetched_ts, STRICT) is not None
        assert key_for_event(keys, key_id, self.DIRECT.fetched_ts + 1, LENIENT) is None

    def test_a_known_key_that_is_listed_but_did_not_sign_proves_nothing(self):
        document = EARLIER.key_document(NOW)
        del document["signatures"]
        document["verify_keys"].update(PEER.key_document(NOW)["verify_keys"])
        forged = sign_json(document, "example.org", EARLIER.key)

        keys, is_newer = accepted(told(forged), self.DIRECT)

        assert not is_newer
        assert keys.verify_keys == PEER.verify_keys

    def test_the_same_key_id_with_other_bytes_changes_nothing(self):
        liar = Peer("example.org", key=make_key("liar", "paper"))
        assert liar.key.key_id == PEER.key.key_id

        keys, is_newer = accepted(told(liar.key_document(NOW)), self.DIRECT)

        assert (keys, is_newer) == (self.DIRECT, False)

    def test_an_older_answer_only_adds_keys(self):
        known = told(PEER.key_document(NOW))
        keys, is_newer = accepted(told(EARLIER.key_document(NOW - 9 * DAY_MS)), known)

        assert not is_newer
        assert keys.verify_keys == PEER.verify_keys
        assert list(keys.old_verify_keys) == list(EARLIER.verify_keys)

    def test_the_newer_of_two_key_documents_counts(self):
        keys, is_newer = accepted(told(EARLIER.key_document(NOW)), told(PEER.key_document(NOW - 1)))

        assert is_newer
        assert keys.verify_keys == EARLIER.verify_keys
