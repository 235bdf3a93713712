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
    runs = [match.span() for match in islice(_BACKTICKS.finditer(text), MAX_RUNS)]
    # The next run of each length, found from the end, so that the time is linear.
    closing: dict[int, int] = {}
    closes: list[int | None] = [None] * len(runs)
    for number in range(len(runs) - 1, -1, -1):
        start, end = runs[number]
        closes[number] = closing.get(end - start)
        closing[end - start] = number
    pieces: list[str] = []
    read_end = number = 0
    while number < len(runs):
        start, end = runs[number]
        close = closes[number]
        if close is None and end - start < _FENCE:
            number += 1
            continue
        pieces.append(text[read_end:start])
        # A fence without an end includes the rest of the text.
        read_end = len(text) if close is None else runs[close][1]
        number = len(runs) if close is None else close + 1
    return " ".join((*pieces, text[read_end:]))


def without_code_elements(source: str) -> str | None:
    """Return HTML with a space for each code element; None without any."""
    if "<code" not in source and "<pre" not in source:
        return None
    pieces: list[str] = []
    read_end = 0
    while (begin := _ELEMENT.search(source, read_end)) is not None:
        closing = f"</{begin[1]}>"
        end = source.find(closing, begin.end())
        if end < 0:
            break
        pieces.append(source[read_end : begin.start()])
        read_end = end + len(closing)
    return " ".join((*pieces, source[read_end:])) if pieces else None
