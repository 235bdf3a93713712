"""Tests of joining messages: directly within an address, otherwise with a space."""

import pytest

from countersign.policy.text.indicators.joining import (
    MAX_FRAGMENT_CHARS,
    RecentMessages,
    fragment_of,
    join_texts,
)


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (("hello", "how are you?"), "hello how are you?"),
        (("Thanks.", "me too, I think"), "Thanks. me too, I think"),
        (("Thanks.", "Me"), "Thanks. Me"),
        (("I like pizza.", "lol"), "I like pizza. lol"),
        (("see pizza.", "lol/abc"), "see pizza.lol/abc"),
        (("write to", "t.me", "/abc_def"), "write to t.me/abc_def"),
        (("t.me/", "abc_def"), "t.me/abc_def"),
        (("https://example.org/zh-CN/", "要的"), "https://example.org/zh-CN/ 要的"),
        (("see example.org/", "thanks"), "see example.org/ thanks"),
        (("https://", "shop", ".example"), "https://shop.example"),
        (("go to shop.", "example"), "go to shop.example"),
        (("name@", "example.org"), "name@example.org"),
        (
            ("sent by example.org", "/srv/me/app/data.xml"),
            "sent by example.org /srv/me/app/data.xml",
        ),
        (("telegram", "@abc_def"), "telegram @abc_def"),
        (("write to @tema_", "dohod_24"), "write to @tema_dohod_24"),
        (("it is @mentora", "_clara_fx"), "it is @mentora_clara_fx"),
        (("thanks @mentora", "see you"), "thanks @mentora see you"),
        ((":)", ":D"), ":) :D"),
    ],
)
def test_only_an_address_is_put_together_without_a_space(texts, joined):
    assert join_texts(texts) == joined


def test_a_fragment_is_a_short_message_as_it_is_shown():
    assert fragment_of({"body": " hi "}, "m.room.message") == "hi"
    edit = {"body": "* hi", "m.new_content": {"body": "hi there"}}
    assert fragment_of(edit, "m.room.message") == "hi there"
    assert fragment_of({"body": "x" * (MAX_FRAGMENT_CHARS + 1)}, "m.room.message") is None
    assert fragment_of({"body": "> buy it\n> now"}, "m.room.message") == "> buy it\n> now"
    quoting = {"body": "> <@a:b> buy it\n> now\n\nno"}
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}}
    assert fragment_of(quoting, "m.room.message") == quoting["body"]
    assert fragment_of(quoting | reply, "m.room.message") == "no"
    assert fragment_of({"body": "a post", "msgtype": "m.notice"}, "m.room.message") is None
    assert fragment_of({"body": "hi"}, "m.reaction") is None
    assert fragment_of({"body": ["hi"]}, "m.room.message") is None
    assert fragment_of({"body": " "}, "m.room.message") is None


def test_leaving_one_out_keeps_the_place_of_the_event():
    recent = RecentMessages(("a", "b", "c"), 1)

    assert recent.without(0) == RecentMessages(("b", "c"), 0)
    assert recent.without(2) == RecentMessages(("a", "b"), 1)


def test_one_other_message_may_be_read_with_an_events_own():
    recent = RecentMessages(("a", "b", "c"), 1)

    assert recent.only(0) == RecentMessages(("a", "b"), 1)
    assert recent.only(2) == RecentMessages(("b", "c"), 0)
