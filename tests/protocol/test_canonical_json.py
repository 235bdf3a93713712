"""Tests of canonical JSON: unambiguous reading, and one way of writing."""

import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol.canonical_json import (
    encode_canonical,
    is_strict,
    parse_json,
    parse_object,
)
from countersign.protocol.errors import BadJson, NotJson, ProtocolError
from tests.protocol.conftest import read_vectors

STRICT_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=5)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("example", read_vectors("canonical_json"), ids=lambda e: e["canonical"])
def test_writes_the_examples_of_the_spec(example):
    parsed = parse_json(example["text"].encode())

    assert parsed.canonical.decode() == example["canonical"]
    assert parsed.is_strict is ("-0" not in example["text"])


def test_writes_an_exponent_as_the_code_in_the_spec_does():
    """The spec's example says 10000000000, its own code and the servers of old rooms say this."""
    parsed = parse_json(b'{"b": 1e10}')

    assert parsed.canonical == b'{"b":10000000000.0}'
    assert not parsed.is_strict


@given(STRICT_VALUES)
def test_reads_back_what_it_wrote(value):
    parsed = parse_json(encode_canonical(value))

    assert parsed.value == value
    assert parsed.canonical == encode_canonical(value)
    assert parsed.is_strict
    assert is_strict(value)


@given(STRICT_VALUES)
def test_reads_any_other_spelling_alike(value):
    for text in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
        assert parse_json(text.encode()).canonical == encode_canonical(value)


@given(STRICT_VALUES)
def test_writes_the_same_bytes_for_rooms_of_every_version(value):
    assert encode_canonical(value, strict=False) == encode_canonical(value)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("9007199254740992", "9007199254740992"),
        ("-9007199254740992", "-9007199254740992"),
        ("18446744073709551616", "18446744073709551616"),
        ("99999999999999999999", "99999999999999999999"),
        ("1.0", "1.0"),
        ("-0.0", "-0.0"),
        ("1e16", "1e+16"),
        ("0.00001", "1e-05"),
        ("123456789012345678901234.5", "1.2345678901234569e+23"),
    ],
)
def test_reads_numbers_of_old_rooms_exactly_and_says_so(text, canonical):
    parsed = parse_object(f'{{ "n": [{text}] }}'.encode())

    assert parsed.canonical.decode() == f'{{"n":[{canonical}]}}'
    assert not parsed.is_strict
    assert not is_strict(parsed.value)


@pytest.mark.parametrize("text", ["[-0]", '{"a-0":-0}', '[-0,"-0"]', "[1, -0]"])
def test_takes_negative_zero_for_zero_and_says_that_it_is_not_canonical(text):
    parsed = parse_json(text.encode())

    assert (
        parsed.canonical
        == text.replace("[-0", "[0").replace(":-0", ":0").replace(" -0", "0").encode()
    )
    assert not parsed.is_strict


@pytest.mark.parametrize(
    "text",
    [
        "[0.5," + "9" * 20 + "]",
        '[0.5,"' + "9" * 30 + '"]',
        "[0.000000000000000000000000000000001]",
        "[123456789012345678901234567890.0,-1.0e-000000000000000000000000000007]",
    ],
)
def test_reads_many_digits_where_they_are_no_long_integer(text):
    assert parse_json(text.encode()).value == json.loads(text)


def test_counts_values_up_to_the_callers_bound():
    raw = b"[" + b"1.5," * 98 + b'"' + b"," * 1_000 + b'"]'
    assert len(parse_json(raw, max_values=100).value) == 99

    with pytest.raises(BadJson, match="more than 99 values"):
        parse_json(raw, max_values=99)


@pytest.mark.parametrize("text", ['["-0" ]', '{"-0" :"a \\" -0"}', "[ -10, 0]"])
def test_is_not_misled_by_what_only_looks_like_negative_zero(text):
    assert parse_json(text.encode()).is_strict


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" ", id="white space"),
        pytest.param(b"{", id="cut short"),
        pytest.param(b"{}x", id="more after the end"),
        pytest.param(b'{"a":1,}', id="trailing comma"),
        pytest.param(b"{'a':1}", id="single quotes"),
        pytest.param(b"{a:1}", id="bare key"),
        pytest.param(b'{1:"a"}', id="number as key"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"[Infinity]", id="Infinity"),
        pytest.param(b"[-Infinity]", id="-Infinity"),
        pytest.param(b"[1.5,NaN]", id="NaN behind a float"),
        pytest.param(b"01", id="leading zero"),
        pytest.param(b"+1", id="plus sign"),
        pytest.param(b"1.", id="no digits after the point"),
        pytest.param(b'"\x00"', id="bare control character"),
        pytest.param(b'"\xff"', id="not UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', id="surrogate in UTF-8"),
        pytest.param(b'"\xc0\xaf"', id="overlong UTF-8"),
        pytest.param(b'"\\ud800"', id="lone high surrogate"),
        pytest.param(b'"\\udc00"', id="lone low surrogate"),
        pytest.param(b'{"\\ud800x":1}', id="lone surrogate in a key"),
        pytest.param(b'[0.5,"\\ud800"]', id="lone surrogate behind a float"),
        pytest.param(b"\xef\xbb\xbf{}", id="byte order mark"),
        pytest.param("{}".encode("utf-16"), id="UTF-16"),
        pytest.param("{}".encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param("{}".encode("utf-32"), id="UTF-32"),
        pytest.param(b"// comment\n{}", id="comment"),
        pytest.param(b"[" + b"[]," * 200, id="cut short after many brackets"),
        pytest.param(b"[]" * 200, id="many texts in one"),
        pytest.param(b"]" * 200 + b"[" * 100, id="closing before opening"),
        pytest.param(b"[" * 101, id="101 lists without an end"),
        pytest.param(b"[" * 60 + b"[]," + b"[" * 50, id="110 lists, partly closed"),
    ],
)
def test_refuses_what_is_not_json(raw):
    with pytest.raises(NotJson):
        parse_json(raw)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"a":1,"a":1}', id="repeated key"),
        pytest.param(b'{"a":1,"\\u0061":2}', id="repeated key, escaped"),
        pytest.param(b'{"\\"":1,"\\u0022":2}', id="repeated quotation mark"),
        pytest.param(b'{"a":{"b":[{"c":1,"c":2}]}}', id="repeated key deep inside"),
        pytest.param(b'{"a":1,"a":1,"b":1e5}', id="repeated key as long as a float grows"),
        pytest.param(b'{"a":"x:y","a":"::::"}', id="repeated key and colons in strings"),
        pytest.param(b'{"":1,"":2}', id="repeated empty key"),
        pytest.param(b"[" * 101 + b"]" * 101, id="101 lists"),
        pytest.param(b'{"a":' * 101 + b"1" + b"}" * 101, id="101 objects"),
        pytest.param(b"[" * 200_000 + b"]" * 200_000, id="200,000 lists"),
        pytest.param(b"[" * 150_000, id="150,000 lists without an end"),
        pytest.param(b"[" + b"[]," * 100_000 + b"1]", id="200,000 values in short lists"),
        pytest.param(b"[" + b'"",' * 200_000 + b"1]", id="200,000 short strings"),
        pytest.param(b"[" + b'"",' * 500_000 + b"1]", id="500,000 short strings"),
        pytest.param(b'{"a":[' * 51 + b"]}" * 51, id="51 lists in 51 objects"),
        pytest.param(b'[{"\\\\":' * 60 + b"1" + b"}]" * 60, id="depth behind escaped backslashes"),
        pytest.param(b"1" * 21, id="21 digits"),
        pytest.param(b"[-" + b"1" * 21 + b"]", id="21 digits below zero"),
        pytest.param(b"1" * 5_000, id="5,000 digits"),
        pytest.param(b"[1e400]", id="beyond every float"),
        pytest.param(b"[-1e400]", id="below every float"),
    ],
)
def test_refuses_json_that_not_every_reader_understands_alike(raw):
    with pytest.raises(BadJson):
        parse_json(raw)


def test_counts_no_brackets_inside_strings():
    text = "[{" * 500 + '"\\' + "[" * 500

    assert parse_json(json.dumps({text: text}).encode()).value == {text: text}


def test_counts_no_values_inside_strings():
    text = "[{," * 300_000

    assert parse_json(json.dumps([text]).encode()).value == [text]


def test_counts_depth_and_not_brackets():
    hundred_deep = b"[" * 100 + b"]" * 100

    assert parse_json(hundred_deep).canonical == hundred_deep
    assert parse_json(b"[" + b"[]," * 500 + b"[]]").is_strict


@pytest.mark.parametrize("raw", [b"[]", b'"a"', b"1", b"null", b"true"])
def test_an_object_is_an_object(raw):
    assert parse_json(raw).canonical == raw
    with pytest.raises(BadJson, match="not an object"):
        parse_object(raw)


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), {1: 2}, {None: 1}, "\ud800", {"\udfff": 1}, b"bytes", {1, 2}, object()],
)
def test_writes_nothing_that_is_not_canonical(value):
    with pytest.raises(BadJson):
        encode_canonical(value)


@pytest.mark.parametrize("value", ["\ud800", math.nan, math.inf, b"bytes", {1, 2}, object()])
def test_writes_nothing_for_old_rooms_that_is_not_json(value):
    with pytest.raises(BadJson):
        encode_canonical(value, strict=False)


@pytest.mark.parametrize("strict", [True, False])
def test_writes_no_endless_nesting(strict):
    value = []
    for _ in range(100_000):
        value = [value]

    with pytest.raises(BadJson):
        encode_canonical(value, strict=strict)


@pytest.mark.parametrize("value", [1.0, 2**53, [{"a": [0.5]}], {"a": -(2**53)}])
def test_finds_a_number_out_of_range_anywhere(value):
    assert not is_strict(value)


@pytest.mark.parametrize("value", [1, True, "1.5", {"1.5": [2**53 - 1, -(2**53) + 1]}, None])
def test_is_strict_about_numbers_only(value):
    assert is_strict(value)


@given(st.binary(max_size=200))
def test_raises_nothing_but_a_protocol_error_on_any_bytes(raw):
    with contextlib.suppress(ProtocolError):
        parse_json(raw)


@given(
    st.lists(
        st.sampled_from([*'{}[]",:\\\n 019-.eE', "\\u", "d800", "a", "true", '"a":']), max_size=40
    )
)
def test_raises_nothing_but_a_protocol_error_on_what_looks_like_json(pieces):
    raw = "".join(pieces).encode()
    try:
        parsed = parse_json(raw)
    except ProtocolError:
        return
    assert parsed.value == json.loads(raw)
    assert parsed.canonical == parse_json(parsed.canonical).canonical


@given(st.lists(st.tuples(st.text('ab\\":é', max_size=3), st.integers(0, 9)), max_size=6))
def test_finds_exactly_the_repeated_keys(members):
    text = ",".join(f"{json.dumps(key)}:{value}" for key, value in members)
    keys = [key for key, _ in members]

    if len(set(keys)) == len(keys):
        assert parse_json(f"{{{text}}}".encode()).value == dict(members)
    else:
        with pytest.raises(BadJson):
            parse_json(f"{{{text}}}".encode())
