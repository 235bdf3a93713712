"""Contents that no honest client sends: what a peer may write must never raise."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

KEYS: Final = (
    "body", "formatted_body", "format", "msgtype", "m.new_content", "m.relates_to", "m.mentions",
    "user_ids", "room", "rel_type", "event_id", "m.in_reply_to", "key", "url", "file", "info",
    "mimetype", "size", "m.text", "m.html", "ciphertext", "membership", "reason", "topic", "name",
    "displayname", "answers", "question", "m.poll.start",
)  # fmt: skip


def _nested(depth: int) -> dict[str, Any]:
    content: dict[str, Any] = {"body": "deep"}
    for level in range(depth):
        content = {"m.new_content": content} if level % 2 else {"list": [content]}
    return content


_JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 2**70, "", " ", "\x00", "\ufeff", "\uffff", "﷽", "a" * 5_000, [], {},
    [[]], [None], [{}], {"": ""}, {"body": {"body": {}}},
)  # fmt: skip

CONTENTS: Final[tuple[dict[str, Any], ...]] = (
    {},
    *({key: junk} for key in KEYS for junk in _JUNK),
    {key: key for key in KEYS},
    _nested(40),
    {"m.relates_to": {"rel_type": ["m.replace"], "event_id": {}, "m.in_reply_to": 5}},
    {"m.relates_to": {"m.in_reply_to": {"event_id": ["$x"]}}},
    {"m.mentions": {"user_ids": [7, None, [], {}, "@", ":", "@a:b", "@" * 300 + ":b"], "room": 1}},
    {"m.new_content": [{"m.mentions": 5}], "m.mentions": "room"},
    {"formatted_body": "<a href=" * 200, "body": "&" * 200},
    {"formatted_body": "<b>" * 3_000 + "\x00" + "</i>" * 3_000},
    {"formatted_body": "&#" + "9" * 6_000 + ";"},
    {"formatted_body": "<a href='https://matrix.to/#/%40a%ZZ%ff:b'>x</a>"},
    {"m.text": [{"mimetype": "text/html", "body": 5}, {"mimetype": ["text/html"], "body": "<b>"}]},
    {"file": {"url": 5}, "info": "big"},
    {"file": {"url": "mxc://"}, "msgtype": [], "info": {"size": True, "mimetype": {}}},
    {"url": "mxc://a/b", "info": {"size": -1}},
    {"body": "a" + "\u0315\u0300" * 500 + "\u202e\u200b\U000e0041"},
    {"body": "\ufdfa" * 500 + "İŉßﬃ\u0345"},
    {"body": "@" * 500 + ":" * 500},
    {"body": "https://" + "a." * 500, "topic": "www."},
    {"formatted_body": "<a href='https://[::1'>https://]</a><a href='http:////@:x'>www.</a>"},
    {"body": "matrix:roomid matrix:r/ https://matrix.to/#/%00 tg: tg:// xn--a.xn--\u0430.com"},
    {str(number): str(number) for number in range(500)},
)

TYPES: Final = (
    "m.room.message", "m.room.encrypted", "m.reaction", "m.room.topic", "m.room.member", "x",
)  # fmt: skip


def contents() -> "SearchStrategy[dict[str, Any]]":
    """Return a hypothesis strategy of contents with known and unknown keys, and any JSON in them.

    Raises:
        ImportError: hypothesis is not installed, which nothing else here needs.
    """
    from hypothesis import strategies as st

    keys = st.sampled_from(KEYS) | st.text(max_size=8)
    json: SearchStrategy[Any] = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=12,
    )
    return st.dictionaries(keys, json, max_size=6)
