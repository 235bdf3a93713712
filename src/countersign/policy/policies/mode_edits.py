"""Edits of a policy document in place: the mode of a step, or a further word to refuse.

The authors' comments, order and formatting are kept. The caller parses the result, and checks that
nothing else in the policy changed.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from countersign.policy.document.documents import Document, DocumentInvalid
from countersign.policy.document.formats import read_document
from countersign.policy.document.mistakes import Path
from countersign.policy.findings import Mode
from countersign.policy.policies.filter_registry import BESIDE_A_FILTER
from countersign.protocol.errors import CountersignError

TRIED: Final = "tried-word"
"""Name of the step that `with_word` adds."""

BY_HAND: Final = "Change it in the document."

_MODE: Final = re.compile(r"""(?P<key>\bmode\s*:\s*)["']?[a-z]+["']?""")
_RULE_MODES: Final = ("refuse", "warn", "shadow")


class CannotEdit(CountersignError):
    """The document cannot be edited in place; the message gives the reason."""


class _Item(NamedTuple):
    """An item of the document, which adds or changes a step."""

    path: Path
    value: Any


def with_mode(source: bytes, step: str, mode: Mode) -> bytes:
    """Return a document with another mode for one of its steps, or of its preset's.

    The caller must check that nothing else in the policy changed.

    Args:
        source: a valid document.
        step: the step's label.
        mode: the new mode.

    Raises:
        CannotEdit: the step is not found in the text, or found several times.
    """
    lines, document = _read_lines(source)
    items = [each for each in _items(document.data) if _label(each) == step]
    if len(items) > 1:
        raise CannotEdit(f"Several items of the document are called {step!r}. {BY_HAND}")
    if items:
        _edit(lines, document, items[0], mode)
    else:
        _add(lines, document, {"name": step, "mode": mode.value})
    return "".join(lines).encode()


def with_word(source: bytes, word: str) -> bytes:
    """Return a document with an additional step that refuses a word.

    Args:
        source: a valid document.
        word: the word, an entry of the option `words` of `keyword`.

    Raises:
        CannotEdit: the list of steps is not found in the text.
    """
    lines, document = _read_lines(source)
    _add(lines, document, {"name": TRIED, "keyword": {"words": [word]}})
    return "".join(lines).encode()


def _read_lines(source: bytes) -> tuple[list[str], Document]:
    """Return the lines of a YAML document, with line ends, and its parsed content."""
    text = source.decode("utf-8-sig", "replace")
    if text.lstrip().startswith("{"):
        raise CannotEdit(f"The document is one JSON object. {BY_HAND}")
    try:
        document = read_document(source)
    except DocumentInvalid as error:
        raise CannotEdit(str(error)) from None
    return text.splitlines(keepends=True), document


def _items(data: Any) -> Iterator[_Item]:
    for key in ("filters", "rules"):
        listed = data.get(key) if isinstance(data, dict) else None
        for place, value in enumerate(listed if isinstance(listed, list) else []):
            yield _Item((key, place), value)


def _label(item: _Item) -> str | None:
    if isinstance(item.value, str):
        return item.value
    if not isinstance(item.value, dict):
        return None
    named = item.value.get("name")
    if named is not None:
        return str(named)
    return next((str(key) for key in item.value if key not in BESIDE_A_FILTER), None)


def _edit(lines: list[str], document: Document, item: _Item, mode: Mode) -> None:
    """Change the mode of an item of the document."""
    keys = item.value if isinstance(item.value, dict) else {}
    first = document.line_of(item.path) - 1
    if item.path[0] == "rules" and any(key in keys for key in _RULE_MODES):
        raise CannotEdit(f"The rule says what follows by {' or '.join(_RULE_MODES)}. {BY_HAND}")
    if "mode" in keys:
        place = document.line_of((*item.path, "mode")) - 1
        lines[place], changed = _MODE.subn(rf"\g<key>{mode.value}", lines[place], count=1)
        if not changed:
            raise CannotEdit(f"The mode of the step cannot be found. {BY_HAND}")
        return
    start = re.match(r"\s*-\s+", lines[first])
    if start is None:
        raise CannotEdit(f"The beginning of the step cannot be found. {BY_HAND}")
    begin, rest = start[0], lines[first][start.end() :]
    if rest.startswith("{"):
        lines[first] = f"{begin}{{mode: {mode.value}, {rest[1:].lstrip()}"
        return
    if isinstance(item.value, str):
        rest = f"{rest.rstrip()}:\n"
    lines[first] = f"{begin}mode: {mode.value}\n{' ' * len(begin)}{rest}"


def _add(lines: list[str], document: Document, item: dict[str, Any]) -> None:
    """Add an item at the beginning of the list of filters."""
    # A line of JSON is valid YAML.
    line = f"- {json.dumps(item, ensure_ascii=False)}\n"
    filters = document.data.get("filters") if isinstance(document.data, dict) else None
    if filters:
        first = document.line_of(("filters", 0)) - 1
        start = re.match(r"\s*(?=-\s)", lines[first])
        if start is None:
            raise CannotEdit(f"The filters do not begin in a line of their own. {BY_HAND}")
        lines.insert(first, start[0] + line)
        return
    if isinstance(document.data, dict) and "filters" in document.data:
        raise CannotEdit(f"The list of filters is empty. {BY_HAND}")
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    lines += ["\n", "filters:\n", f"  {line}"]
