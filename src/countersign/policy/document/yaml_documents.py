"""Parser of documents in a subset of YAML 1.2, with lines.

`on`, `off`, `yes` and `no` are strings, and so are all keys. There are no tags and no merge keys. A
repeated key is a mistake. Aliases are supported; the number of values with them is bounded.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from countersign.policy.document.documents import (
    MAX_DEPTH,
    MAX_VALUES,
    Document,
    DocumentInvalid,
    Node,
    stop,
    twice,
)
from countersign.policy.document.mistakes import Mistake, shown

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,40}")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]{1,2})?")


def read_yaml(text: str) -> Document:
    """Read `text`, YAML.

    Raises:
        DocumentInvalid: lists the mistakes: one that makes the rest unreadable, or all repeated
            keys.
    """
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found, allowed = _in_words(error)
        stop(mark.line + 1 if mark else None, found, allowed)
    except yaml.YAMLError as error:
        problem = str(error).partition("\n")[0]
        stop(None, f"a mistake in its YAML ({problem})", "valid YAML")
    document = Document(reader.root or Node(None, 1))
    if reader.mistakes:
        raise DocumentInvalid(reader.mistakes, document)
    return document


_IN_WORDS: Final = {
    "did not find expected node content": (
        "a list or mapping in brackets that is not closed, or a bracket too many",
        "as many closing brackets as opening ones",
    ),
    "did not find expected ',' or ']'": (
        "a list in brackets that is not closed, or lacks a comma",
        "[one, two] on one line, or each item on a line of its own after a dash",
    ),
    "did not find expected ',' or '}'": (
        "a mapping in braces that is not closed, or lacks a comma",
        "{key: value, key: value} on one line, or each key on a line of its own",
    ),
    "mapping values are not allowed in this context": (
        "a colon where none can stand",
        "keys that are indented alike, and quotes around text with a colon and a space in it",
    ),
    "found unexpected end of stream": ("text in quotes that never ends", "a closing quote"),
    "found character that cannot start any token": (
        "a tab, or one of the characters @ ` % where a value begins",
        "spaces before a line, and quotes around text that begins with such a character",
    ),
    "found unknown escape character": (
        "an unknown escape in double quotes",
        "\\\\ for a backslash, or single quotes, in which it stands for itself",
    ),
    "did not find expected key": (
        "something that is no key, or is not indented like the lines before it",
        "lines of one mapping indented alike, each with a key, and quotes around a whole value",
    ),
    "could not find expected ':'": ("a key without a colon", "a colon and a space after each key"),
    "did not find expected '-' indicator": (
        "a key among the items of a list",
        "a dash before each item, or the key indented like that of the list",
    ),
    "block sequence entries are not allowed in this context": (
        "an item of a list where none can stand",
        "each item on a line of its own below the key, or [one, two] after it",
    ),
    "did not find expected comment or line break": (
        "text after the sign | or > of a text of several lines",
        "that text on the lines below it, indented",
    ),
}
"""Texts for the YAML parser's messages: the found value, and the allowed ones."""

_UNCLOSED: Final = frozenset(
    {
        "did not find expected ',' or ']'",
        "did not find expected ',' or '}'",
        "found unexpected end of stream",
    }
)


def _in_words(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    problem = str(error.problem or error)
    found, allowed = _IN_WORDS.get(problem, (f"a mistake in its YAML ({problem})", "valid YAML"))
    begins, ends = error.context_mark, error.problem_mark
    if problem in _UNCLOSED and begins is not None and ends is not None and begins.line < ends.line:
        found += f" (it begins in line {begins.line + 1})"
    return found, allowed


class _Reader:
    """Builder of nodes from the parser's events, without recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.mistakes: list[Mistake] = []
        self._open: list[Node] = []
        self._keys: list[str | None] = []
        self._anchors: dict[str, Node] = {}

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
                stop(line, "a second document", "one document in a file")

    def _take_scalar(self, event: Any, line: int) -> None:
        if self._is_key_due():
            self._keys[-1] = event.value
            return
        node = Node(_scalar(event, line), line)
        self._anchor(event, node)
        self._add(node)

    def _open_node(self, event: Any, line: int) -> None:
        self._forbid_as_key(line)
        if event.tag is not None:
            stop(line, f"the tag {shown(event.tag)}", "no tags")
        if len(self._open) >= MAX_DEPTH:
            stop(line, f"more than {MAX_DEPTH} levels", "fewer")
        node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], line)
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
            stop(line, f"the alias *{event.anchor}", "an alias of a value that stands before it")
        self._add(node)

    def _add(self, node: Node) -> None:
        # Only its outermost holder counts a node, so that aliases count each time.
        if not self._open:
            self.root = node
            return
        holder = self._open[-1]
        holder.size += node.size
        if holder.size > MAX_VALUES:
            stop(node.line, f"more than {MAX_VALUES:,} values", "fewer")
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
            self.mistakes.append(twice((*self._path(), key), node.line, first))
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
            stop(line, "a key that is no plain word", "words as keys")

    def _anchor(self, event: Any, node: Node) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = node


def _scalar(event: Any, line: int) -> Any:
    if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
        stop(line, f"the tag {shown(event.tag)}", "no tags")
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
