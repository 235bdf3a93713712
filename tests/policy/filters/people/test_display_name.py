"""Tests of `display-name`: ordinary names pass, advertisements in names do not."""

# ruff: noqa: RUF001 - ambiguous characters are what this is about

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.facts import Facts
from countersign.policy.filters.people.display_name import DisplayName
from countersign.policy.questions.people import Names

DEFAULT = DisplayName()
STRICT = DisplayName(allow_mixed_alphabets=False, words=("support",))


def member(event, name, membership="join", **content):
    return event(
        "m.room.member",
        {"membership": membership, "displayname": name, **content},
        state_key="@alice:example.org",
    )


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "Alice",
        "alice@example.org",
        "Dr. Alice B. (she/her) | example.com 🏳️‍🌈",
        "\u2068Anna Maria\u2069 (Signal)",
        "Алиса",
        "ᴀʟɪᴄᴇ",
        "علی‌رضا",
        "田中さん",
        "👩🏽‍❤️‍💋‍👩🏿",
        "bot v1.2/3",
        "Kim 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "Bo 🏴\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f" * 2,
        "Lee (VB.NET/F#)",
        "Max [asp.net/c#]",
        "Socket.io/Express fan",
        "Booking.com/Hotels, Anna",
        "Ada | ADO.NET/SQL/XML",
        "web.de/gmx",
        "\u202d+49 30 555-0102\u202c",
    ],
)
def test_usual_names_of_people_and_bridges_pass(event, no_facts, name):
    assert STRICT.judge(member(event, name), no_facts) is None


@pytest.mark.parametrize("membership", ["leave", "ban", ["join"], None])
def test_leaves_are_not_judged(event, no_facts, membership):
    assert DEFAULT.judge(member(event, "a" * 200, membership), no_facts) is None


def test_other_events_are_not_judged(event, no_facts):
    assert (
        DEFAULT.judge(event("x", {"membership": "join", "displayname": "a" * 200}), no_facts)
        is None
    )


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a " * 13 + "b", "which has 14 words; this room allows 12"),
        ("\u200b\u3164 ", "in which there is nothing to see"),
        ("buy at https://spam.example", "which holds a link"),
        ("www.spam.example", "which holds a link"),
        ("join t.me/coins", "which holds a link"),
        ("Chat Suppоrt", "which holds 'support'"),
        ("SUPP0RT", "which holds 'support'"),
        ("Alice" + "\u200b" * 9, "which hides 9 characters; this room allows 8"),
        ("coins.shop/join", "which holds a link"),
        ("Join Coins.shop/win-now", "which holds a link"),
        ("T.ME/Coins", "which holds a link"),
        ("discord.gg/Hi", "which holds a link"),
        ("wa.me/49305550102", "which holds a link"),
        (
            "Max" + "".join(chr(0xE0000 + ord(c)) for c in "seeds, here"),
            "which hides 11 characters; this room allows 8",
        ),
        ("Alice\u202e", "which overrides the writing direction"),
        ("\u202ecilA\u202c", "which overrides the writing direction"),
        ("A" + "\u0301" * 5 + "lice", "which piles marks on one letter"),
        ("Аlice", "which mixes alphabets"),
    ],
)
@pytest.mark.parametrize("membership", ["join", "invite", "knock"])
def test_an_advertising_name_is_refused_with_the_reason(event, no_facts, name, fault, membership):
    finding = STRICT.judge(member(event, name, membership), no_facts)

    assert finding is not None
    assert finding.reason.endswith(fault)


def test_mixed_alphabets_pass_unless_the_policy_minds(event, no_facts):
    assert DEFAULT.judge(member(event, "Dαvid"), no_facts) is None


def test_long_names_and_reasons_are_refused(event, no_facts):
    name = DEFAULT.judge(member(event, "a" * 101), no_facts)
    reason = DEFAULT.judge(member(event, "Alice", reason="a" * 501), no_facts)

    assert name is not None
    assert name.reason == "brings a name of 101 characters; this room allows 100"
    assert reason is not None
    assert reason.reason == "brings a reason of 501 characters; this room allows 500"


def test_a_word_too_short_to_tell_is_a_mistake():
    with pytest.raises(OptionsInvalid, match=r"words\[0\]"):
        DisplayName(words=("ab",))


def test_an_advertising_name_blocks_messages_if_the_policy_says_so(message):
    strict = DisplayName(on_messages=True, max_characters=30)
    (question,) = strict.asks(message())

    def judged(name):
        return strict.judge(message(), Facts({question: Names(name, ())}))

    assert [*DEFAULT.asks(message())] == []
    assert judged(None) is None
    assert judged("Alice") is None
    assert judged("join t.me/coins now").reason.startswith("has the name ")
    assert "31 characters" in judged("x" * 31).reason
