"""Code within a text: between backticks, and in elements of HTML.

There an at sign calls nobody, and `self.name` is no place on the web.
"""

import re
from typing import Final

_BACKTICKS: Final = re.compile("`+")
_ELEMENTS: Final = ("code", "pre")
_FENCE: Final = 3


def without_code(text: str) -> str:
    """Return `text`, as Markdown, with a space for each piece of code."""
    if "`" not in text:
        return text
    runs = [found.span() for found in _BACKTICKS.finditer(text)]
    # The next run of each length, found from the end, so that the time is linear.
    closing: dict[int, int] = {}
    closes: list[int | None] = [None] * len(runs)
    for number in range(len(runs) - 1, -1, -1):
        start, end = runs[number]
        closes[number] = closing.get(end - start)
        closing[end - start] = number
    kept: list[str] = []
    done = number = 0
    while number < len(runs):
        start, end = runs[number]
        close = closes[number]
        if close is None and end - start < _FENCE:
            number += 1
            continue
        kept.append(text[done:start])
        # A fence that nothing closes goes on to the end.
        done = len(text) if close is None else runs[close][1]
        number = len(runs) if close is None else close + 1
    return " ".join((*kept, text[done:]))


def without_code_elements(source: str) -> str | None:
    """Return HTML with a space for each element of code; None if there is none in it."""
    if "<code" not in source and "<pre" not in source:
        return None
    kept: list[str] = []
    done = 0
    while (start := _next_element(source, done)) is not None:
        position, name = start
        end = source.find(f"</{name}>", position)
        if end < 0:
            break
        kept.append(source[done:position])
        done = end + len(name) + 3
    return " ".join((*kept, source[done:])) if kept else None


def _next_element(source: str, start: int) -> tuple[int, str] | None:
    return min(
        (
            (position, name)
            for name in _ELEMENTS
            if (position := source.find(f"<{name}", start)) >= 0
        ),
        default=None,
    )
