"""Tests of `reaction`: length as a reader counts it, and any single emoji."""

import pytest

from countersign.policy.filters.people.reaction import Reaction

EMOJI = [
    "👍",
    "👍🏽",
    "❤️",
    "👩🏽‍❤️‍💋‍👩🏿",
    "👨‍👩‍👧‍👦",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "🇩🇪",
    "1️⃣",
    "#⃣",
    "™️",
    "↔️",
    "‼️",
    "🏳️‍🌈",
    "\U0001fae8",
]


def reaction(event, key, event_type="m.reaction"):
    relates_to = {"rel_type": "m.annotation", "event_id": "$a", "key": key}
    return event(event_type, {"m.relates_to": relates_to})


@pytest.mark.parametrize("key", EMOJI)
def test_an_emoji_is_one_character_and_an_emoji(event, no_facts, key):
    strict = Reaction(max_characters=1, emoji_only=True)

    assert strict.judge(reaction(event, key), no_facts) is None


@pytest.mark.parametrize(
    "key", ["thank you!", "+1", ":party_parrot:", "ありがとう", "e\u0301" * 40]
)
def test_short_words_pass(event, no_facts, key):
    assert Reaction().judge(reaction(event, key), no_facts) is None


def test_a_picture_passes_whatever_its_address(event, no_facts):
    strict = Reaction(max_characters=1, emoji_only=True)

    assert strict.judge(reaction(event, "mxc://example.org/" + "a" * 100), no_facts) is None


def test_a_key_above_the_limit_is_refused_with_its_length(event, no_facts):
    finding = Reaction(max_characters=3).judge(reaction(event, "👍🏽👍🏽ab"), no_facts)

    assert finding is not None
    assert finding.reason == "reacts with 4 characters; this room allows 3"


@pytest.mark.parametrize(
    "key", ["a" * 60_000, "a" + "\u0301" * 60_000, "\u200d" * 60_000, "mxc://b/" + "buy " * 200]
)
def test_a_long_text_is_refused_however_it_is_composed(event, no_facts, key):
    assert Reaction().judge(reaction(event, key), no_facts) is not None


@pytest.mark.parametrize("key", ["+1", "no", "👍 ok", "ᴀ", "=", " "])
def test_anything_but_emoji_is_refused_with_the_option(event, no_facts, key):
    finding = Reaction(emoji_only=True).judge(reaction(event, key), no_facts)

    assert finding is not None
    assert "more than emoji" in finding.reason


def test_a_reaction_of_another_type_is_one_too_and_a_reply_is_none(event, no_facts):
    strict = Reaction(max_characters=1)
    reply = event(content={"m.relates_to": {"m.in_reply_to": {"event_id": "$a"}, "key": "long"}})

    assert strict.judge(reaction(event, "long", "org.example.reaction"), no_facts) is not None
    assert strict.judge(reply, no_facts) is None


@pytest.mark.parametrize(
    "key", ["https://a.example", "see t.me/abc", "claim (dot) example (dot) com/x"]
)
def test_links_are_refused_with_the_option(event, no_facts, key):
    event = reaction(event, key)

    assert Reaction(allow_links=False).judge(event, no_facts).reason == "reacts with a link"
    assert Reaction().judge(event, no_facts) is None


@pytest.mark.parametrize("key", EMOJI)
def test_an_emoji_is_no_link(event, no_facts, key):
    assert Reaction(allow_links=False).judge(reaction(event, key), no_facts) is None
