"""Code in a text: between backticks, and in elements of HTML.

In code an at sign is no mention, and `self.name` is no domain.
"""

import re
from itertools import islice
from typing import Final

_BACKTICKS: Final = re.compile("`+")
_ELEMENT: Final = re.compile("<(code|pre)")
_FENCE: Final = 3
MAX_RUNS: Final = 2_000
"""Maximum number of runs of backticks that are read; text after them is no code."""


def without_code(text: str) -> str:
    """Return `text`, read as Markdown, with a space for each piece of code."""
    if "`" not in text:
        return text
    runs = [found.span() for found in islice(_BACKTICKS.finditer(text), MAX_RUNS)]
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
        # A fence without an end includes the rest of the text.
        done = len(text) if close is None else runs[close][1]
        number = len(runs) if close is None else close + 1
    return " ".join((*kept, text[done:]))


def without_code_elements(source: str) -> str | None:
    """Return HTML with a space for each code element; None without any."""
    if "<code" not in source and "<pre" not in source:
        return None
    kept: list[str] = []
    done = 0
    while (begin := _ELEMENT.search(source, done)) is not None:
        closing = f"</{begin[1]}>"
        end = source.find(closing, begin.end())
        if end < 0:
            break
        kept.append(source[done : begin.start()])
        done = end + len(closing)
    return " ".join((*kept, source[done:])) if kept else None
