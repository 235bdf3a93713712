"""Parser of documents in JSON (RFC 8259, without extensions or repeated keys), with lines."""

import re
from bisect import bisect_right
from json import JSONDecodeError, JSONDecoder
from typing import Any, Final

from countersign.policy.document.documents import (
    MAX_DEPTH,
    MAX_VALUES,
    Document,
    DocumentInvalid,
    Node,
    stop,
    twice,
)
from countersign.policy.document.mistakes import Mistake, Path, shown

_BLANK: Final = re.compile(r"[ \t\n\r]*")
_NUMBER: Final = re.compile(r"(-?(?:0|[1-9][0-9]{0,39}))(\.[0-9]{1,400})?([eE][-+]?[0-9]{1,3})?")
_STRINGS: Final = JSONDecoder()
_WORDS: Final = {"true": True, "false": False, "null": None}
_WORD: Final = re.compile(r"[A-Za-z]{1,20}")
_SHOWN_CHARS: Final = 20


def read_json(text: str) -> Document:
    """Read `text`, JSON.

    Raises:
        DocumentInvalid: lists the mistakes: one that makes the rest unreadable, or all repeated
            keys.
    """
    reader = _Reader(text)
    root, place = reader.value(reader.skip(0), ())
    place = reader.skip(place)
    if place < len(text):
        reader.stop(place, "the end of the document")
    document = Document(root)
    if reader.mistakes:
        raise DocumentInvalid(reader.mistakes, document)
    return document


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._values = 0
        self.mistakes: list[Mistake] = []

    def value(self, place: int, path: Path) -> tuple[Node, int]:
        """Return the value that begins at `place`, and where it ends."""
        self._values += 1
        if self._values > MAX_VALUES:
            stop(self._line(place), f"more than {MAX_VALUES:,} values", "fewer")
        if len(path) > MAX_DEPTH:
            stop(self._line(place), f"more than {MAX_DEPTH} levels", "fewer")
        character = self._text[place : place + 1]
        if character == "{":
            return self._mapping(place, path)
        if character == "[":
            return self._list(place, path)
        value, end = self._scalar(place)
        return Node(value, self._line(place)), end

    def skip(self, place: int) -> int:
        """Return the position of the next token, at `place` or after white space there."""
        match = _BLANK.match(self._text, place)
        return match.end() if match is not None else place

    def stop(self, place: int, expected: str) -> None:
        """Raise `DocumentInvalid`: another token than expected is at `place`."""
        rest = self._text[place : place + _SHOWN_CHARS].partition("\n")[0]
        found = f"{shown(rest) if rest else 'the end'} where {expected} was expected"
        stop(self._line(place), f"a mistake in its JSON ({found})", "valid JSON")

    def _mapping(self, place: int, path: Path) -> tuple[Node, int]:
        node = Node({}, self._line(place))
        place = self.skip(place + 1)
        while self._text[place : place + 1] != "}":
            if node.value:
                place = self._behind(",", place)
            if self._text[place : place + 1] != '"':
                self.stop(place, "a key in double quotes")
            line = self._line(place)
            key, place = self._string(place)
            place = self._behind(":", self.skip(place))
            child, place = self.value(place, (*path, key))
            if key in node.value:
                self.mistakes.append(twice((*path, key), line, node.children[key].line))
            else:
                node.value[key] = child.value
                node.children[key] = child
            place = self.skip(place)
        return node, place + 1

    def _list(self, place: int, path: Path) -> tuple[Node, int]:
        node = Node([], self._line(place))
        place = self.skip(place + 1)
        while self._text[place : place + 1] != "]":
            if node.value:
                place = self._behind(",", place)
            child, place = self.value(place, (*path, len(node.value)))
            node.children[len(node.value)] = child
            node.value.append(child.value)
            place = self.skip(place)
        return node, place + 1

    def _behind(self, sign: str, place: int) -> int:
        if self._text[place : place + 1] != sign:
            self.stop(place, f"a {shown(sign)}")
        return self.skip(place + 1)

    def _scalar(self, place: int) -> tuple[Any, int]:
        if self._text[place : place + 1] == '"':
            return self._string(place)
        number = _NUMBER.match(self._text, place)
        if number is not None:
            digits, fraction, exponent = number.groups()
            is_whole = fraction is None and exponent is None
            return (int(digits) if is_whole else float(number[0])), number.end()
        word = _WORD.match(self._text, place)
        if word is None or word[0] not in _WORDS:
            self.stop(place, "a value")
            raise AssertionError("unreachable")
        return _WORDS[word[0]], word.end()

    def _string(self, place: int) -> tuple[str, int]:
        try:
            text, end = _STRINGS.raw_decode(self._text, place)
        except JSONDecodeError as error:
            line, reason = self._line(error.pos), error.msg.partition(":")[0]
            stop(line, f"a mistake in its JSON ({reason})", "valid JSON")
        if any("\ud800" <= character <= "\udfff" for character in text):
            stop(self._line(place), "half a character, such as \\ud83d alone", "whole characters")
        return text, end

    def _line(self, place: int) -> int:
        return bisect_right(self._ends, place - 1) + 1
