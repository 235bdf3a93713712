"""A parsed document: its values with their lines, in any format."""

from collections.abc import Iterable
from typing import Any, Final, NoReturn

from countersign.policy.document.mistakes import Mistake, MistakesFound, Path

MAX_DOCUMENT_BYTES: Final = 16_000_000
MAX_DEPTH: Final = 32
MAX_VALUES: Final = 1_000_000


class DocumentInvalid(MistakesFound):
    """The document cannot be used.

    Args:
        mistakes: its mistakes.
        document: the readable part, in which more mistakes can be found; None without any.
    """

    def __init__(self, mistakes: Iterable[Mistake], document: "Document | None" = None) -> None:
        super().__init__(mistakes)
        self.document = document


class Node:
    """A value, the line it begins at, its children, and the number of its values, with aliases."""

    __slots__ = ("children", "line", "size", "value")

    def __init__(self, value: Any, line: int) -> None:
        self.value = value
        self.line = line
        self.size = 1
        self.children: dict[str | int, Node] = {}


class Document:
    """Value in a document, with its place.

    Attributes:
        data: dictionaries with string keys, lists, strings, numbers, booleans and None.
    """

    def __init__(self, root: Node) -> None:
        self._root = root
        self.data: Any = root.value

    def line_of(self, path: Path) -> int:
        """Return the line, counted from 1, of the value at `path` or of its nearest parent."""
        node = self._root
        for step in path:
            child = node.children.get(step)
            if child is None:
                break
            node = child
        return node.line


def stop(line: int | None, found: str, allowed: str) -> NoReturn:
    """Raise `DocumentInvalid` for a mistake after which the rest cannot be read."""
    raise DocumentInvalid([Mistake(path=(), line=line, found=found, allowed=allowed)])


def twice(path: Path, line: int, first_line: int) -> Mistake:
    """Return the mistake of a repeated key."""
    return Mistake(
        path=path,
        line=line,
        found=f"a key that stands in line {first_line} already",
        allowed="each key once",
    )
