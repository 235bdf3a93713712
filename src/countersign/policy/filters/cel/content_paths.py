"""Paths into an event's content that a condition reads."""

from collections.abc import Mapping
from typing import Any, Final

from countersign.policy.filters.cel.syntax import (
    Call,
    Constant,
    Field,
    Name,
    Node,
    parts_of,
)

CONTENT: Final = "event.content"
_Paths = dict[str, "_Paths"]
_EVERYTHING: Final[_Paths] = {}


def content_paths(syntax: Node) -> _Paths:
    """Return the keys of the content that a condition reads, as a tree.

    `_EVERYTHING` as a value means all keys below.
    """
    paths: list[tuple[str, ...]] = []
    waiting = [syntax]
    while waiting:
        node = waiting.pop()
        path = _path(node)
        if path is None:
            waiting += parts_of(node)
        else:
            paths.append(path)
    tree: _Paths = {}
    # The shortest first: a path includes all paths below it.
    for path in sorted(paths, key=len):
        _add_path(tree, path)
    return _EVERYTHING if () in paths else tree


def _add_path(tree: _Paths, path: tuple[str, ...]) -> None:
    for place, key in enumerate(path, start=1):
        if key in tree and tree[key] == _EVERYTHING:
            return
        tree = tree.setdefault(key, {})
        if place == len(path):
            tree.clear()


def _path(node: Node) -> tuple[str, ...] | None:
    """Return `("a", "b")` for `event.content.a["b"]`; None for anything but such a path."""
    match node:
        case Name(name=name):
            return () if name == CONTENT else None
        case Field(operand=operand, field=key):
            pass
        case Call(function="_[_]", arguments=(operand, Constant(text=str(key)))):
            pass
        case _:
            return None
    above = _path(operand)
    return None if above is None else (*above, key)


def at_paths(content: Any, paths: _Paths) -> Any:
    """Return a copy of `content` reduced to `paths`."""
    if paths == _EVERYTHING:
        return content
    if isinstance(content, Mapping):
        return {key: at_paths(content[key], paths[key]) for key in paths if key in content}
    # A list has no keys. An empty one gives the same error in the engine.
    return [] if isinstance(content, list | tuple) else content


def at(source: str, offset: int, complaint: str) -> str:
    """Return an error message with its position, in the form of the compiler's messages."""
    if offset < 0:
        return f": {complaint}"
    before = source[:offset]
    line, column = before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
    place = f"character {column}" if line == 1 else f"line {line}, character {column}"
    return f"at {place}: {complaint}"
