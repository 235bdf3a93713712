"""Streaming extraction of wanted fields from a long JSON text.

An answer of another server may have 64 MiB, of which one list is needed. Parsing all of it would
create millions of unused objects, or block the event loop for seconds. So only the outermost levels
are parsed; deeper values are skipped by counting brackets, and the items of wanted lists are kept
as bytes. Each is parsed by `parse_json`, with all its limits, when it is accessed.
"""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, overload

from countersign.protocol.canonical_json import (
    MAX_DEPTH,
    MAX_EVENT_VALUES,
    JsonObject,
    outside_strings,
    parse_json,
)
from countersign.protocol.errors import BadJson, NotJson, ProtocolError

MAX_SLICE_BYTES: Final = 4 * 1024
"""Maximum number of bytes parsed at a time, which takes a millisecond at most."""

MAX_ITEM_BYTES: Final = 256 * 1024
"""Maximum length of one item, in bytes.

An event has at most 65,536 bytes of canonical JSON. A server that escapes everything outside ASCII
writes up to three bytes for one, and may put something into `unsigned`.
"""

MAX_FIELDS: Final = 1_000
"""Maximum number of fields of an object with wanted fields."""

BYTES_A_STEP: Final = 16
"""Number of bytes of the longest allowed text for each permitted descent into nested values.

A descent costs a microsecond here, and its sender a few bytes. An event needs none or a few,
because values nested no deeper than an event's signatures are skipped at the speed of plain text.
"""

_MAX_KEY_BYTES: Final = 1_024
_NOTHING: Final = b"null"


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is read as a whole.

    Attributes:
        max_bytes: maximum length.
    """

    max_bytes: int = MAX_ITEM_BYTES


@dataclass(frozen=True, slots=True)
class Items:
    """A field with a list whose items are parsed one by one.

    Attributes:
        max_items: maximum number of items.
        max_item_bytes: maximum length of each.
    """

    max_items: int
    max_item_bytes: int = MAX_ITEM_BYTES


@dataclass(frozen=True, slots=True)
class Text:
    """A field that is kept as bytes, not parsed.

    Attributes:
        max_bytes: maximum length.
    """

    max_bytes: int = MAX_ITEM_BYTES


WantedFields: TypeAlias = Mapping[str, "Field | Items | Text | WantedFields"]
"""Wanted fields of an object, with their kinds; nested objects likewise."""

_Waiting: TypeAlias = Generator[None, None, Any]
"""Generator that yields when it needs more of the text."""

_BLANK: Final = re.compile(rb"[ \t\r\n]*+")
_SCALAR: Final = re.compile(rb'[^ \t\r\n,:"\[\]{}]*+')
_REST_OF_STRING: Final = re.compile(rb'(?>(?:[^"\\]++|\\.)*)', re.DOTALL)
_STRING: Final = re.compile(rb'"(?>(?:[^"\\]++|\\.)*)"', re.DOTALL)
_FLAT: Final = rb'[^"\[\]{}]++|' + _STRING.pattern
_TEXT: Final = rb"(?>(?:" + _FLAT + rb")*)"
_LEAF: Final = rb"[\[{]" + _TEXT + rb"[\]}]"
_SHALLOW: Final = rb"[\[{](?>(?:" + _FLAT + rb"|" + _LEAF + rb")*)[\]}]"
# Containers that hold at most one level of others are passed over like plain text. Then a run of
# brackets that open, or one of brackets that close; or else an incomplete string, or the end.
_TO_BRACKETS: Final = re.compile(
    rb"(?>(?:" + _FLAT + rb"|" + _SHALLOW + rb")*)"
    rb"(?>(?:([\[{](?>(?:" + _TEXT + rb"[\[{])*))|([\]}](?>(?:" + _TEXT + rb"[\]}])*)))?)",
    re.DOTALL,
)
_ONE_CLOSING: Final = re.compile(_TEXT + rb"[\]}]", re.DOTALL)

_QUOTE, _COMMA, _COLON = b'",:'
_BRACKETS: Final = (b"[", b"]", b"{", b"}")
_OPEN_LIST, _CLOSE_LIST, _OPEN_OBJECT, _CLOSE_OBJECT = b"[]{}"


class JsonItems(Sequence[Any]):
    """A list of JSON values, each parsed at every access.

    An item that `parse_json` refuses (nested too deeply, too many values, a repeated key, no JSON)
    is None, like `null`.
    """

    def __init__(self, texts: list[bytes]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> "JsonItems": ...
    def __getitem__(self, index: int | slice) -> Any:
        """Return one value, or some of them."""
        if isinstance(index, slice):
            return JsonItems(self._texts[index])
        try:
            return parse_json(self._texts[index], max_values=MAX_EVENT_VALUES).value
        except ProtocolError:
            return None

    def text(self, index: int) -> bytes:
        """Return the text of an item, as it was sent."""
        return self._texts[index]

    def size_bytes(self, index: int) -> int:
        """Return the length of an item's text."""
        return len(self._texts[index])

    def forget(self, index: int) -> None:
        """Free the memory of an item, which is `null` from now on."""
        self._texts[index] = _NOTHING


class JsonPieces:
    """Streaming parser that extracts wanted fields of a JSON text.

    Args:
        wanted: the fields to extract, by name.
        max_bytes: maximum length of the text.
        others: the kind of all other fields of the outermost object, which are also extracted; a
            list's item that is nested too deeply is refused then instead of being `null`.
    """

    def __init__(self, wanted: WantedFields, max_bytes: int, *, others: Text | None = None) -> None:
        self._others = others
        self._data = b""
        self._at = 0
        self._kept_pieces: list[bytes] | None = None
        self._kept_bytes = 0
        self._deepest = 0
        self._left_bytes = max_bytes
        self._max_bytes = max_bytes
        self._left_steps = max_bytes // BYTES_A_STEP
        self._result: JsonObject | None = None
        self._reader = self._read_text(wanted)
        next(self._reader)

    def feed(self, data: bytes) -> None:
        """Parse the next piece, `MAX_SLICE_BYTES` at most.

        Raises:
            NotJson: the text is no JSON, as far as it is read.
            BadJson: it is no object, is longer than allowed, or exceeds one of the limits above.
        """
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise BadJson(f"The JSON has more than {self._max_bytes} bytes.")
        self._data = self._data[self._at :] + data
        self._at = 0
        next(self._reader)

    def finish(self) -> JsonObject:
        """Return the wanted fields that were present, after the end of the text.

        Raises:
            NotJson: the text ended too early.
        """
        if self._result is None:
            raise NotJson("The JSON ends in the middle.")
        return self._result

    def _read_text(self, wanted: WantedFields) -> _Waiting:
        if (yield from self._next_byte()) != _OPEN_OBJECT:
            raise BadJson("The JSON is not an object.")
        fields = yield from self._object(wanted, self._others)
        self._result = fields
        while True:
            self._at = _end(_BLANK, self._data, self._at)
            if self._at < len(self._data):
                raise NotJson("There is something after the end of the JSON.")
            yield

    def _object(self, wanted: WantedFields, others: Text | None = None) -> _Waiting:
        fields: JsonObject = {}
        self._at += 1
        if (yield from self._next_byte()) == _CLOSE_OBJECT:
            self._at += 1
            return fields
        for _ in range(MAX_FIELDS):
            name = yield from self._name()
            kind = wanted.get(name, others)
            if name in fields:
                raise BadJson("The JSON has an object with a repeated key.")
            value = yield from self._field(kind)
            if kind is not None:
                fields[name] = value
            if not (yield from self._has_next(_CLOSE_OBJECT)):
                return fields
        raise BadJson(f"The JSON has an object with more than {MAX_FIELDS} fields.")

    def _name(self) -> _Waiting:
        if (yield from self._next_byte()) != _QUOTE:
            raise NotJson("The JSON has a field without a name.")
        while (match := _STRING.match(self._data, self._at)) is None:
            if len(self._data) - self._at > _MAX_KEY_BYTES:
                raise BadJson(f"The JSON has a key of more than {_MAX_KEY_BYTES} bytes.")
            yield
        self._at = match.end()
        if (yield from self._next_byte()) != _COLON:
            raise NotJson("The JSON has a key without a value.")
        self._at += 1
        return parse_json(match[0]).value

    def _field(self, kind: Field | Items | Text | WantedFields | None) -> _Waiting:
        first = yield from self._next_byte()
        if kind is None:
            yield from self._pass_value()
            return None
        if isinstance(kind, Items) and first == _OPEN_LIST:
            return (yield from self._list(kind))
        if isinstance(kind, Mapping) and first == _OPEN_OBJECT:
            return (yield from self._object(kind))
        # A value of another kind than expected is returned: the caller reports it.
        max_bytes = kind.max_bytes if isinstance(kind, Field | Text) else MAX_ITEM_BYTES
        text = yield from self._value(max_bytes)
        if isinstance(kind, Text):
            return text
        return parse_json(text, max_values=MAX_EVENT_VALUES).value

    def _list(self, kind: Items) -> _Waiting:
        texts: list[bytes] = []
        self._at += 1
        if (yield from self._next_byte()) == _CLOSE_LIST:
            self._at += 1
            return JsonItems(texts)
        for _ in range(kind.max_items):
            text = yield from self._value(kind.max_item_bytes)
            if self._deepest > MAX_DEPTH and self._others is not None:
                raise BadJson(f"The JSON is nested deeper than {MAX_DEPTH}.")
            # To read it would make thousands of objects, only to find that it is nested too deeply.
            texts.append(_NOTHING if self._deepest > MAX_DEPTH else text)
            if not (yield from self._has_next(_CLOSE_LIST)):
                return JsonItems(texts)
        raise BadJson(f"The JSON has a list of more than {kind.max_items} items.")

    def _has_next(self, closing: int) -> _Waiting:
        """Read the separator after a value; return True if another value follows."""
        byte = yield from self._next_byte()
        if byte not in (_COMMA, closing):
            raise NotJson("The JSON has two values with nothing between them.")
        self._at += 1
        return byte == _COMMA

    def _value(self, max_bytes: int) -> _Waiting:
        """Return the text of one value."""
        self._kept_pieces, self._kept_bytes = [], max_bytes
        self._deepest = 0
        yield from self._pass_value()
        pieces, self._kept_pieces = self._kept_pieces, None
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _pass_value(self) -> _Waiting:
        first = yield from self._next_byte()
        if first in (_OPEN_LIST, _OPEN_OBJECT):
            yield from self._pass_container()
        elif first == _QUOTE:
            self._take(self._at + 1)
            yield from self._pass_rest_of_string()
        else:
            length = 0
            while (end := _end(_SCALAR, self._data, self._at)) == len(self._data):
                length += end - self._at
                self._take(end)
                yield
            length += end - self._at
            self._take(end)
            if not length:
                raise NotJson("The JSON lacks a value.")

    def _pass_rest_of_string(self) -> _Waiting:
        while True:
            self._take(_end(_REST_OF_STRING, self._data, self._at))
            if self._at < len(self._data) and self._data[self._at] == _QUOTE:
                self._take(self._at + 1)
                return
            yield  # before its end, perhaps in the middle of an escape

    def _pass_container(self) -> _Waiting:
        self._take(self._at + 1)
        depth = 1
        while True:
            match = _TO_BRACKETS.match(self._data, self._at)
            assert match is not None  # it matches nothing, too
            opening, closing = match.groups()
            if closing is not None:
                count = _brackets(closing)
                if count >= depth:
                    self._take(self._end_of_closing(match.start(2), depth))
                    return
                depth -= count
            elif opening is not None:
                depth += _brackets(opening)
                self._deepest = max(self._deepest, depth)
                self._left_steps -= 1
                if self._left_steps < 0:
                    raise BadJson("The JSON has too many objects and lists within each other.")
            self._take(match.end())
            if closing is None and opening is None:
                if self._at < len(self._data):  # a string that is not complete
                    self._take(self._at + 1)
                    yield from self._pass_rest_of_string()
                else:
                    yield

    def _end_of_closing(self, start: int, depth: int) -> int:
        """Return where, in a run of brackets that close, the container ends."""
        for _ in range(depth):
            start = _end(_ONE_CLOSING, self._data, start)
        return start

    def _take(self, end: int) -> None:
        """Advance to `end`, and keep the text up to there if it is wanted."""
        if self._kept_pieces is not None and end > self._at:
            self._kept_bytes -= end - self._at
            if self._kept_bytes < 0:
                raise BadJson("The JSON has an item that is longer than it may be.")
            self._kept_pieces.append(self._data[self._at : end])
        self._at = end

    def _next_byte(self) -> _Waiting:
        """Return the next byte that is not white space, without consuming it."""
        while True:
            self._at = _end(_BLANK, self._data, self._at)
            if self._at < len(self._data):
                return self._data[self._at]
            yield


def _end(pattern: "re.Pattern[bytes]", data: bytes, start: int) -> int:
    match = pattern.match(data, start)
    assert match is not None  # these patterns match nothing, too
    return match.end()


def _brackets(text: bytes) -> int:
    """Return the number of brackets in a run of them, outside strings."""
    if _QUOTE in text:
        text = outside_strings(text)
    return sum(map(text.count, _BRACKETS))
