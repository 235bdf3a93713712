"""Options that several filters of this package have in common."""

from typing import Any

from countersign.policy.document.options import option
from countersign.policy.event_kinds.follow_ups import FollowUp
from countersign.policy.events import Event


def most_events(default: int) -> Any:
    """Declare an option for the number of events that pass in a time."""
    return option(
        default, minimum=1, maximum=1_000_000, unit="events", help="The most events in the time."
    )


def last_seconds(default: int, *, minimum: int = 1, maximum: int = 86_400) -> Any:
    """Declare an option for the window of a count, in seconds."""
    return option(
        default,
        minimum=minimum,
        maximum=maximum,
        unit="seconds",
        help="The time, counted back from now.",
    )


def only_follow_ups(otherwise: str) -> Any:
    """Declare an option for the kinds of follow-ups that count.

    Args:
        otherwise: the events that count if no kind is given, in words.
    """
    kinds = ", ".join(FollowUp)
    return option(
        (),
        maximum=len(FollowUp),
        unit="kinds",
        help=f"Count only these follow-ups: {kinds}; empty for {otherwise}.",
    )


def only_short(counted: str, otherwise: str) -> Any:
    """Declare an option for a maximum length.

    Args:
        counted: the things that count up to this length, in words.
        otherwise: the meaning of 0, in words.
    """
    return option(
        0,
        minimum=0,
        maximum=1_000,
        unit="characters",
        help=f"Count only {counted} at most this many characters; 0 for {otherwise}.",
    )


def only_long() -> Any:
    """Declare an option for a minimum length."""
    return option(
        0,
        minimum=0,
        maximum=65_536,
        unit="characters",
        help="Count only messages with a text of at least this many characters; 0 for all.",
    )


def is_long(event: Event, min_chars: int) -> bool:
    """Return True if one text of an event has at least `min_chars` characters."""
    return any(len(text.raw) >= min_chars for text in event.seen.texts)
