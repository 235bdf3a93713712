"""Tests of YAML documents: plain YAML with line numbers, within limits."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.document.documents import (
    MAX_DEPTH,
    MAX_DOCUMENT_BYTES,
    DocumentInvalid,
)
from countersign.policy.document.formats import read_document


def data_of(source):
    return read_document(source.encode()).data


def mistakes_in(source):
    with pytest.raises(DocumentInvalid) as caught:
        read_document(source if isinstance(source, bytes) else source.encode())
    return list(map(str, caught.value.mistakes))


def test_values_have_their_plain_types():
    source = """
        string: text
        quoted: "5"
        number: -12
        fraction: 1.5
        yes: true
        nothing: ~
        empty:
        list: [1, "two", {three: 3}]
        block: |
          two
          lines
    """

    assert data_of(source) == {
        "string": "text", "quoted": "5", "number": -12, "fraction": 1.5, "yes": True,
        "nothing": None, "empty": None, "list": [1, "two", {"three": 3}], "block": "two\nlines\n",
    }  # fmt: skip


@pytest.mark.parametrize(
    "word", ["on", "off", "yes", "no", "NO", "y", "0o17", "1_000", "12:30:45", "2026-01-01", "=",
             "<<", ".inf", ".nan", "0x1F", "9" * 50, "1.5e999"],
)  # fmt: skip
def test_words_that_older_yaml_takes_for_something_else_are_strings(word):
    assert data_of(f"mode: {word}") == {"mode": word}


@pytest.mark.parametrize("source", ["", "# nothing\n", "---\n", "~"])
def test_an_empty_document_holds_nothing(source):
    assert data_of(source) is None


def test_keys_are_strings_whatever_they_look_like():
    assert data_of("5: a\noff: b\ntrue: c\n") == {"5": "a", "off": "b", "true": "c"}


def test_every_value_knows_its_line():
    document = read_document(b"a:\n  - b: 1\n    c: 2\n  - d\ne: {f: \n 3}\n")

    assert document.line_of(("a", 0, "c")) == 3
    assert document.line_of(("a", 1)) == 4
    assert document.line_of(("e", "f")) == 6


def test_a_missing_value_has_the_line_of_its_parent():
    document = read_document(b"\na:\n  - b: 1\n")

    assert document.line_of(("a", 0, "x", 5)) == 3
    assert document.line_of(()) == 2


def test_an_alias_is_the_value_it_names():
    document = read_document(b"a: &words [x, y]\nb: *words\n")

    assert document.data == {"a": ["x", "y"], "b": ["x", "y"]}
    assert document.line_of(("b", 1)) == 1


def test_all_keys_that_stand_twice_are_listed_and_the_rest_can_be_read():
    with pytest.raises(DocumentInvalid) as caught:
        read_document(b"a: 1\nb:\n  - c: 1\n    c: 2\na: 3\n")

    assert list(map(str, caught.value.mistakes)) == [
        "line 4: b[0].c: found a key that stands in line 3 already; allowed: each key once.",
        "line 5: a: found a key that stands in line 1 already; allowed: each key once.",
    ]
    assert caught.value.document.data == {"a": 1, "b": [{"c": 1}]}


@pytest.mark.parametrize(
    ("source", "mistake"),
    [
        ("a: !!python/name:os.system x",
         "line 1: found the tag 'tag:yaml.org,2002:python/name:os.system'; allowed: no tags."),
        ("a: !!set {x}", "line 1: found the tag 'tag:yaml.org,2002:set'; allowed: no tags."),
        ("a: 1\n---\nb: 2\n", "line 2: found a second document; allowed: one document in a file."),
        ("? [x]\n: y", "line 1: found a key that is no plain word; allowed: words as keys."),
        ("a: &x 1\n*x : 2", "line 2: found a key that is no plain word; allowed: words as keys."),
        ("a: *x",
         "line 1: found the alias *x; allowed: an alias of a value that stands before it."),
        ("a: &x [*x]",
         "line 1: found the alias *x; allowed: an alias of a value that stands before it."),
        (b"a: 1\nb: \xff\n", "line 2: found bytes that are no text; allowed: text in UTF-8."),
        ("[" * (MAX_DEPTH + 1), f"line 1: found more than {MAX_DEPTH} levels; allowed: fewer."),
    ],
)  # fmt: skip
def test_an_unreadable_value_is_reported_with_its_line(source, mistake):
    assert mistakes_in(source) == [mistake]


@pytest.mark.parametrize(
    ("source", "begins"),
    [
        ("a: [", "line 2: found a list or mapping in brackets that is not closed"),
        ("a: [b\nc: d\n", "line 2: found a list in brackets that is not closed"),
        ("a: [b\nc: d\n", "lacks a comma (it begins in line 1); allowed: [one, two] on one line"),
        ("a: {b: c\nd: e\n", "line 2: found a mapping in braces that is not closed"),
        ("a: b: c", "line 1: found a colon where none can stand; allowed: keys that are indented"),
        ("a: 'b\nc: d", "found text in quotes that never ends (it begins in line 1)"),
        ("a:\n\t- b", "line 2: found a tab, or one of the characters @ ` % where a value begins"),
        ("a: - b", "line 1: found an item of a list where none can stand"),
        ('a: "\\q"', "line 1: found an unknown escape in double quotes"),
        ("a:\n  b: 1\n c: 2", "line 3: found something that is no key, or is not indented like"),
        ("a: 'b'c", "and quotes around a whole value"),
        ("- a\nb: c", "line 2: found a key among the items of a list"),
        ("a: |x\n  b", "line 1: found text after the sign | or > of a text of several lines"),
        ("%YAML 3\n---\na", "found a mistake in its YAML (did not find expected digit or"),
    ],
)
def test_a_mistake_in_the_yaml_is_told_in_words_for_people(source, begins):
    (mistake,) = mistakes_in(source)

    assert begins in mistake


def test_aliases_cannot_add_up_to_more_than_is_allowed():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 9)
    ]

    assert mistakes_in("\n".join(lines)) == [
        "line 5: found more than 1,000,000 values; allowed: fewer."
    ]


def test_a_huge_document_is_not_even_looked_at():
    assert "at most 16,000,000 bytes" in mistakes_in(b"\xff" * (MAX_DOCUMENT_BYTES + 1))[0]


@given(st.binary(max_size=200) | st.text(alphabet="ab: -[]{}&*!|>'\"#\n?,%@`~\t0.", max_size=80))
def test_any_bytes_are_a_document_or_mistakes(source):
    with contextlib.suppress(DocumentInvalid):
        document = read_document(source if isinstance(source, bytes) else source.encode())
        assert document.line_of(("a", 0)) >= 1
