"""Reading a document that a person wrote, in YAML, so that every mistake can be shown by its line.

YAML 1.2's plain sense only: `on`, `off`, `yes` and `no` are strings, keys are strings, there are no
tags and no merge keys. A key that stands twice is a mistake. Aliases work, and what they add up to
is bounded.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NoReturn

import yaml

from countersign.policy.document.mistakes import Mistake, MistakesFound, Path, shown

MAX_DOCUMENT_BYTES: Final = 16_000_000
MAX_DEPTH: Final = 32
MAX_VALUES: Final = 1_000_000

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,40}")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]{1,2})?")


class DocumentInvalid(MistakesFound):
    """The document cannot be used.

    Args:
        mistakes: what is wrong with it.
        document: what could be read nevertheless, so that more mistakes can be found in it.
    """

    def __init__(self, mistakes: Iterable[Mistake], document: "Document | None" = None) -> None:
        super().__init__(mistakes)
        self.document = document


class _Node:
    """A value, the line it begins at, its children, and how many values it holds with aliases."""

    __slots__ = ("children", "line", "size", "value")

    def __init__(self, value: Any, line: int) -> None:
        self.value = value
        self.line = line
        self.size = 1
        self.children: dict[str | int, _Node] = {}


class Document:
    """What a document says, and where.

    Attributes:
        data: dictionaries with string keys, lists, strings, numbers, booleans and None.
    """

    def __init__(self, root: _Node) -> None:
        self._root = root
        self.data: Any = root.value

    def line_of(self, path: Path) -> int:
        """Return the line, counted from 1, of the value at `path`, or of what would hold it."""
        node = self._root
        for step in path:
            child = node.children.get(step)
            if child is None:
                break
            node = child
        return node.line


def read_document(source: bytes) -> Document:
    """Read `source`, UTF-8 text.

    Raises:
        DocumentInvalid: lists the mistakes: one that makes the rest unreadable, or all keys that
            stand twice.
    """
    if len(source) > MAX_DOCUMENT_BYTES:
        _stop(None, "a document too long to read", f"at most {MAX_DOCUMENT_BYTES:,} bytes")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        _stop(line, "bytes that are no text", "text in UTF-8")
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"a mistake in its YAML ({error.problem or error})"
        _stop(mark.line + 1 if mark else None, problem, "valid YAML")
    except yaml.YAMLError as error:
        problem = str(error).partition("\n")[0]
        _stop(None, f"a mistake in its YAML ({problem})", "valid YAML")
    document = Document(reader.root or _Node(None, 1))
    if reader.mistakes:
        raise DocumentInvalid(reader.mistakes, document)
    return document


class _Reader:
    """Builds nodes from the parser's events, in a loop, so that depth costs no stack."""

    def __init__(self) -> None:
        self.root: _Node | None = None
        self.mistakes: list[Mistake] = []
        self._open: list[_Node] = []
        self._keys: list[str | None] = []
        self._anchors: dict[str, _Node] = {}

    def take(self, event: Any) -> None:
        """Take the next event of the parser."""
        line = event.start_mark.line + 1
        match event:
            case yaml.ScalarEvent():
                self._take_scalar(event, line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._open_node(event, line)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close_node()
            case yaml.AliasEvent():
                self._take_alias(event, line)
            case yaml.DocumentStartEvent() if self.root is not None:
                _stop(line, "a second document", "one document in a file")

    def _take_scalar(self, event: Any, line: int) -> None:
        if self._is_key_due():
            self._keys[-1] = event.value
            return
        node = _Node(_scalar(event, line), line)
        self._anchor(event, node)
        self._add(node)

    def _open_node(self, event: Any, line: int) -> None:
        self._forbid_as_key(line)
        if event.tag is not None:
            _stop(line, f"the tag {shown(event.tag)}", "no tags")
        if len(self._open) >= MAX_DEPTH:
            _stop(line, f"more than {MAX_DEPTH} levels", "fewer")
        node = _Node({} if isinstance(event, yaml.MappingStartEvent) else [], line)
        self._anchor(event, node)
        self._open.append(node)
        self._keys.append(None)

    def _close_node(self) -> None:
        node = self._open.pop()
        self._keys.pop()
        self._add(node)

    def _take_alias(self, event: Any, line: int) -> None:
        self._forbid_as_key(line)
        node = self._anchors.get(event.anchor)
        if node is None or any(node is opened for opened in self._open):
            _stop(line, f"the alias *{event.anchor}", "an alias of a value that stands before it")
        self._add(node)

    def _add(self, node: _Node) -> None:
        # Only its outermost holder counts a node, so that aliases count each time.
        if not self._open:
            self.root = node
            return
        holder = self._open[-1]
        holder.size += node.size
        if holder.size > MAX_VALUES:
            _stop(node.line, f"more than {MAX_VALUES:,} values", "fewer")
        if isinstance(holder.value, list):
            holder.children[len(holder.value)] = node
            holder.value.append(node.value)
            return
        key = self._keys[-1]
        self._keys[-1] = None
        if key is None:
            raise AssertionError("the parser gives a key before its value")
        if key in holder.value:
            first = holder.children[key].line
            self.mistakes.append(
                Mistake(
                    path=(*self._path(), key),
                    line=node.line,
                    found=f"a key that stands in line {first} already",
                    allowed="each key once",
                )
            )
            return
        holder.children[key] = node
        holder.value[key] = node.value

    def _path(self) -> Iterator[str | int]:
        for opened, key in zip(self._open[:-1], self._keys, strict=False):
            yield len(opened.value) if key is None else key

    def _is_key_due(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and not self._has_key()

    def _has_key(self) -> bool:
        return self._keys[-1] is not None

    def _forbid_as_key(self, line: int) -> None:
        if self._is_key_due():
            _stop(line, "a key that is no plain word", "words as keys")

    def _anchor(self, event: Any, node: _Node) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = node


def _scalar(event: Any, line: int) -> Any:
    if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
        _stop(line, f"the tag {shown(event.tag)}", "no tags")
    text: str = event.value
    if event.tag is not None or not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _stop(line: int | None, found: str, allowed: str) -> NoReturn:
    raise DocumentInvalid([Mistake(path=(), line=line, found=found, allowed=allowed)])
