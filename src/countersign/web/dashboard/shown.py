"""Values as pages show them: times, numbers, names, and text of other people."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from countersign.basics.printable_text import visible
from countersign.policy.harms import Harm

_KEPT: Final = "\n\t\u200c\u200d"
"""Beside what prints: line breaks, tabs, and the joiners of emoji and of Persian."""

MAX_TEXT_CHARS: Final = 20_000

HARMS: Final[Mapping[str, str]] = {
    harm.value: harm.name.replace("_", " ").lower()
    for harm in Harm
    if harm not in (Harm.NONE, Harm.TERMS_OF_SERVICE)
} | {
    Harm.TERMS_OF_SERVICE.value: "against the terms of service",
    Harm.NONE.value: "no harm",
    Harm.CHILD_SEXUAL_ABUSE.value: "child sexual abuse material",
    Harm.INTIMATE_IMAGERY.value: "intimate imagery without consent",
}
"""The harms of MSC4456 in words."""

SECOND_MS: Final = 1_000
_UNITS: Final = (
    (86_400_000, "day"),
    (3_600_000, "hour"),
    (60_000, "minute"),
    (1_000, "second"),
)


def utc(ts: int | None) -> str:
    """Return a moment, in ms since the epoch, in UTC: `2026-11-30 08:15`; a hyphen for none."""
    when = _when(ts)
    return "-" if when is None else when.strftime("%Y-%m-%d %H:%M")


def iso(ts: int | None) -> str:
    """Return a moment as the attribute of a `time` element; empty for none."""
    when = _when(ts)
    return "" if when is None else when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _when(ts: int | None) -> datetime | None:
    if ts is None:
        return None
    try:
        return datetime.fromtimestamp(ts / SECOND_MS, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def duration_in_words(ms: int) -> str:
    """Return a duration in its largest unit, rounded: `3 hours`."""
    for unit, name in _UNITS:
        if ms >= unit:
            number = round(ms / unit)
            return f"{number:,} {name}{'' if number == 1 else 's'}"
    return "less than a second"


def number(value: float) -> str:
    """Return a number with separators between thousands."""
    return f"{value:,}"


def counted(value: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 room`, `2 rooms`."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def harm(value: str) -> str:
    """Return a harm in words."""
    return HARMS.get(value, visible(value))


def stranger(text: object) -> str:
    """Return other people's text with hidden and direction-changing characters escaped.

    Line breaks and tabs stay. A very long text is cut, and marked as such.
    """
    words = "" if text is None else str(text)
    cut = f"\n… (cut after {MAX_TEXT_CHARS:,} characters)" if len(words) > MAX_TEXT_CHARS else ""
    words = words[:MAX_TEXT_CHARS]
    if words.isprintable():
        return words + cut
    return "".join(each if each in _KEPT else visible(each) for each in words) + cut


def path_part(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text, safe="")


FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "utc": utc,
    "iso": iso,
    "duration_in_words": duration_in_words,
    "number": number,
    "counted": counted,
    "harm": harm,
    "stranger": stranger,
    "path_part": path_part,
}
