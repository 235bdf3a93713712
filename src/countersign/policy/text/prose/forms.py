"""Filled-in forms, such as bug reports, introductions and roll calls.

The labels are equal for everybody; the sender wrote the values only.
"""

import re
from typing import Final

from countersign.policy.text.prose.code import without_code

LEAST_LABELS: Final = 3
"""Minimum number of labels of a form; a letter or a quotation has one or two."""
MAX_LINES: Final = 200
"""Maximum number of lines that are read; a longer text is no form."""
_MARKS: Final = r"[ \t>*_•\u2013-]{0,8}"
# A label has at most six words, and none is a link.
_LABEL: Final = re.compile(
    rf"{_MARKS}(?:\d{{1,2}}[.)] ?)?{_MARKS}"
    r"[^\W\d_][^\s:\uff1a]{0,24}(?: [^\s:\uff1a]{1,24}){0,5}[ *_]{0,3}[:\uff1a][*_]{0,3}(?!//)"
)
_HEADING: Final = re.compile(r"[ \t]{0,3}(?:#{1,6} [^\n]{1,60}|\*\*[^\n*]{1,60}\*\*)\Z")


def without_labels(text: str) -> str:
    """Return the values if `text` is a form, else `text`."""
    lines = text.split("\n", MAX_LINES)
    if len(lines) < LEAST_LABELS:
        return text
    values: list[str] = []
    labels = 0
    for line in lines[:MAX_LINES]:
        if (match := _LABEL.match(line)) is not None:
            labels += 1
            values.append(line[match.end() :])
        elif _HEADING.match(line) is not None:
            labels += 1
        else:
            values.append(line)
    return "\n".join([*values, *lines[MAX_LINES:]]) if labels >= LEAST_LABELS else text


def without_code_and_labels(text: str) -> str:
    """Return `text` without code and without the labels of a form."""
    return without_labels(without_code(text))
