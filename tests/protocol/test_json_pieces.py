"""JSON parsed in pieces as it arrives equals JSON parsed as a whole."""

import json
from random import Random  # noqa: TID251 - seeded, so that a run can be repeated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol.canonical_json import MAX_DEPTH, MAX_EVENT_VALUES
from countersign.protocol.errors import BadJson, NotJson, ProtocolError
from countersign.protocol.json_pieces import (
    MAX_FIELDS,
    Field,
    Items,
    JsonItems,
    JsonPieces,
)

MAX_BYTES = 1 << 20
WANTED = {"state": Items(1_000), "event": Field(1_000), "room": {"list": Items(3), "id": Field()}}


def cut(text, *, step=1_000, wanted=WANTED, max_bytes=MAX_BYTES):
    pieces = JsonPieces(wanted, max_bytes)
    for start in range(0, len(text), step):
        pieces.feed(text[start : start + step])
    return _plain(pieces.finish())


def _plain(value):
    if isinstance(value, JsonItems):
        return list(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def test_only_what_is_wanted_comes_out():
    text = (
        b'{"a": [1, {"state": 2}], "state": [{"x": 1.5}, [], "y", null], "z": "\\"}{", "event":7}'
    )

    assert cut(text) == {"state": [{"x": 1.5}, [], "y", None], "event": 7}


def test_an_object_within_is_cut_in_the_same_way():
    text = b'{"room":{"name":"n","id":"!r","list":[1,2,3]}}'

    assert cut(text) == {"room": {"id": "!r", "list": [1, 2, 3]}}


_texts = st.text(alphabet='ab"\\]}[{,:\n é😀', max_size=6)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-9, 9) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=20,
)


@given(
    value=st.fixed_dictionaries({"before": _values, "state": st.lists(_values), "z": _values}),
    step=st.sampled_from([1, 2, 3, 7, 1_000]),
    ensure_ascii=st.booleans(),
    indent=st.sampled_from([None, 1]),
)
def test_any_text_says_what_it_says_as_a_whole(value, step, ensure_ascii, indent):
    text = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent).encode()

    assert cut(text, step=step) == {"state": json.loads(json.dumps(value["state"]))}


def test_deep_and_dense_values_end_where_they_end():
    random = Random(7)
    for _ in range(300):
        value = inner = []
        for _ in range(random.randrange(200)):
            following = random.choice([[], ["]}", 1], [[[[]]]]])
            inner.append(following)
            inner.extend([1, "[{"][: random.randrange(3)])
            inner = following
        text = json.dumps({"a": value, "state": ["x"], "b": [value]}).encode()

        assert cut(text, step=random.choice([5, 64, 8_192])) == {"state": ["x"]}


@pytest.mark.parametrize(
    "item",
    [
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" + b"1," * MAX_EVENT_VALUES + b"1]",
        b'{"a":1,"a":2}',
        b'{"a":\xff}',
        b"[1}",
        b"01",
        b"NaN",
        b"9" * 30,
    ],
    ids=str,
)
def test_an_item_beyond_the_limits_for_requests_is_none_and_its_neighbours_stay(item):
    assert cut(b'{"state":[1,' + item + b",2]}") == {"state": [1, None, 2]}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b'{"state":[1,2',
        b'{"state":[1,2]',
        b'{"state":[1 2]}',
        b'{"state":[1,]}',
        b'{"state":[,1]}',
        b'{"state" 1}',
        b'{"state":}',
        b'{"a":1,}',
        b'{"a":1]',
        b"{1:2}",
        b'{"a":1}{',
        b'{"a\x01":1}',
        b"\xef\xbb\xbf{}",
    ],
    ids=repr,
)
def test_invalid_json_at_the_outer_levels_is_refused(text):
    with pytest.raises(ProtocolError):
        cut(text)
    with pytest.raises(ProtocolError):
        cut(text, step=1)


@pytest.mark.parametrize("text", [b"[]", b"7", b'"x"', b"null"])
def test_a_value_that_is_no_object_is_refused(text):
    with pytest.raises(BadJson, match="not an object"):
        cut(text)


@pytest.mark.parametrize("value", [7, None, "x", {"a": 1}])
def test_other_values_in_place_of_a_list_are_returned(value):
    assert cut(json.dumps({"state": value, "room": value}).encode())["state"] == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"state":[' + b"1," * 1_000 + b"1]}", "more than 1000 items"),
        (b'{"state":["' + b"x" * 300_000 + b'"]}', "longer than it may be"),
        (b'{"event":"' + b"x" * 1_001 + b'"}', "longer than it may be"),
        (b"{" + b'"a":1,' * MAX_FIELDS + b'"a":1}', "more than 1000 fields"),
        (b'{"' + b"k" * 2_000 + b'":1}', "key of more than"),
        (b'{"state":[],"st\\u0061te":[]}', "repeated key"),
        (b'{"a":"' + b"x" * MAX_BYTES + b'"}', "more than 1048576 bytes"),
        (b'{"a":[' + b"[[[0]],0]," * (MAX_BYTES // 10 - 10) + b"0]}", "objects and lists"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_each_limit_ends_it(text, reason):
    with pytest.raises((BadJson, NotJson), match=reason):
        cut(text)


def test_memory_is_given_back():
    items = JsonItems([b'{"a":1}', b"2"])
    items.forget(0)

    assert list(items) == [None, 2]
    assert list(items[1:]) == [2]
