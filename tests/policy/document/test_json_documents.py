"""Tests of JSON documents: JSON's own escapes and line numbers, and no YAML syntax."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.document.documents import MAX_DEPTH, DocumentInvalid
from countersign.policy.document.formats import read_document

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def data(source):
    return read_document(source.encode(), is_json=True).data


def mistakes(source, **how):
    with pytest.raises(DocumentInvalid) as caught:
        read_document(source if isinstance(source, bytes) else source.encode(), **how)
    return list(map(str, caught.value.mistakes))


@given(ANY_JSON, st.booleans(), st.sampled_from([None, 2, "\t"]))
def test_json_of_programs_is_read_unchanged(value, is_ascii, indent):
    source = json.dumps({"x": value}, ensure_ascii=is_ascii, indent=indent)

    assert data(source) == {"x": value}
    assert read_document(source.encode()).data == {"x": value}


@given(st.text(max_size=40))
def test_accepted_json_is_read_as_python_reads_it(source):
    try:
        read = data(source)
    except DocumentInvalid:
        return
    assert json.loads(source) == read


def test_pairs_of_escapes_are_one_character():
    assert data(r'{"a": ["\ud83c\udf51 pics", "\/\u00e4"]}') == {"a": ["\U0001f351 pics", "/ä"]}


def test_lines_are_those_of_the_values():
    document = read_document(b'{\n "a": [\n  1,\n  {"b":\n 2}\n ]\n}\n', is_json=True)

    places = {(): 1, ("a",): 2, ("a", 0): 3, ("a", 1): 4, ("a", 1, "b"): 5, ("a", 7): 2}
    assert {path: document.line_of(path) for path in places} == places


def test_keys_that_stand_twice_are_all_told():
    assert mistakes('{"a": 1,\n"b": {"c": 1,\n "c": 2},\n"a": 3}', is_json=True) == [
        "line 3: b.c: found a key that stands in line 2 already; allowed: each key once.",
        "line 4: a: found a key that stands in line 1 already; allowed: each key once.",
    ]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("", "line 1: found a mistake in its JSON (the end where a value was expected)"),
        (
            '{"a": 1,\n}',
            "line 2: found a mistake in its JSON ('}' where a key in double quotes was",
        ),
        ('{"a": 1\n"b": 2}', "line 2: found a mistake in its JSON"),
        ('{"a": [1,\n 2', "line 2: found a mistake in its JSON (the end where a ',' was"),
        ("{a: 1}", "line 1: found a mistake in its JSON ('a: 1}' where a key in double quotes"),
        ('{"a": 1}\n\n{}', "line 3: found a mistake in its JSON ('{}' where the end of the"),
        ('{"a": "\n"}', "line 1: found a mistake in its JSON (Invalid control character"),
        ('{"a":\n "x', "line 2: found a mistake in its JSON (Unterminated string"),
        (r'{"a": "\ud83d"}', "line 1: found half a character"),
        ('{"a": NaN}', "line 1: found a mistake in its JSON"),
        ('{"a": 01}', "line 1: found a mistake in its JSON"),
        ('{"a": +1}', "line 1: found a mistake in its JSON"),
        ("{'a': 1}", "line 1: found a mistake in its JSON"),
        ('{"a": 1} // b', "line 1: found a mistake in its JSON"),
        ("[" * (MAX_DEPTH + 2), f"line 1: found more than {MAX_DEPTH} levels"),
        (b'{"a": "\xff"}', "line 1: found bytes that are no text"),
    ],
)
def test_a_mistake_is_told_with_its_line(source, told):
    (mistake,) = mistakes(source, is_json=True)

    assert mistake.startswith(told)


def test_json_is_known_without_a_files_name_and_so_is_what_is_meant_as_json():
    assert read_document(rb' {"a": "\ud83c\udf51"}').data == {"a": "\U0001f351"}
    assert read_document(b"{a: b, c: [d]} # YAML in braces\n").data == {"a": "b", "c": ["d"]}
    assert "mistake in its JSON" in mistakes('{"a": "\\ud83c\\udf51"\n "b": 1}')[0]
    assert "in braces that is not closed" in mistakes("{a: b\n c: [}")[0]
