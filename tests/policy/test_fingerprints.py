"""Tests of fingerprints: equal for the same words and kind, whatever else a client adds."""

from countersign.policy.fingerprints import fingerprint


def test_sending_again_changes_nothing(message, event):
    once = message("Buy  CHEAP watches", **{"m.mentions": {}})
    again = message("buy cheap watches", **{"org.example.txn": 5})

    assert fingerprint(once) == fingerprint(again)
    assert len(fingerprint(once)) == 32


def test_other_words_media_or_types_are_others(message, event):
    prints = {
        fingerprint(message("a")),
        fingerprint(message("b")),
        fingerprint(message("a", url="mxc://example.org/one")),
        fingerprint(message("a", url="mxc://example.org/two")),
        fingerprint(event("m.room.topic", {"body": "a"}, state_key="")),
        fingerprint(event("org.example.empty", {"n": 1})),
        fingerprint(event("org.example.empty", {"n": 2})),
    }

    assert len(prints) == 7
