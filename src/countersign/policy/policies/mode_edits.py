"""Edits of a policy document that leave the rest as written: a step's mode, a word more to refuse.

The document is its authors': their comments, order and spelling stay. So text is changed where it
stands, and the result is read again: it must be the same policy but for that step's mode.
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
    """The step's mode cannot be changed in the document; the message says why."""


class _Item(NamedTuple):
    """An item of the document that makes or changes a step."""

    path: Path
    value: Any


def with_mode(source: bytes, step: str, mode: Mode) -> bytes:
    """Return a document with one of its steps, or of its preset's, in another mode.

    Whether it then is the same policy but for this is the caller's to check.

    Args:
        source: the document, valid.
        step: the step's label.
        mode: its new mode.

    Raises:
        CannotEdit: it is written so that the place cannot be found, or there are several.
    """
    lines, document = _read(source)
    found = [each for each in _items(document.data) if _label(each) == step]
    if len(found) > 1:
        raise CannotEdit(f"Several items of the document are called {step!r}. {BY_HAND}")
    if found:
        _edit(lines, document, found[0], mode)
    else:
        _add(lines, document, {"name": step, "mode": mode.value})
    return "".join(lines).encode()


def with_word(source: bytes, word: str) -> bytes:
    """Return a document with one more step, which refuses a word.

    Args:
        source: the document, valid.
        word: as `keyword` takes it.

    Raises:
        CannotEdit: it is written so that the place cannot be found.
    """
    lines, document = _read(source)
    _add(lines, document, {"name": TRIED, "keyword": {"words": [word]}})
    return "".join(lines).encode()


def _read(source: bytes) -> tuple[list[str], Document]:
    """Return the lines of a document in YAML, with their ends, and what they say."""
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
    """Add an item before all others, or one that changes a step of the preset."""
    # JSON on one line is YAML.
    written = f"- {json.dumps(item, ensure_ascii=False)}\n"
    filters = document.data.get("filters") if isinstance(document.data, dict) else None
    if filters:
        first = document.line_of(("filters", 0)) - 1
        start = re.match(r"\s*(?=-\s)", lines[first])
        if start is None:
            raise CannotEdit(f"The filters do not begin in a line of their own. {BY_HAND}")
        lines.insert(first, start[0] + written)
        return
    if isinstance(document.data, dict) and "filters" in document.data:
        raise CannotEdit(f"The list of filters is empty. {BY_HAND}")
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    lines += ["\n", "filters:\n", f"  {written}"]
