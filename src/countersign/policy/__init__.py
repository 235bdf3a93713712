"""Layer 1: decisions as functions of an event and facts. No I/O, clock, randomness or logging.

The names below are the interface for authors of filters; the change log announces each change of
one. They are imported when first used, so that a program loads only what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from countersign.policy.document.mistakes import Mistake
    from countersign.policy.document.options import OptionsInvalid, option
    from countersign.policy.event_kinds.aspects import Aspect
    from countersign.policy.events import Event
    from countersign.policy.facts import NO_FACTS, Facts
    from countersign.policy.filter import Filter
    from countersign.policy.findings import Finding, FindingKind
    from countersign.policy.harms import Harm
    from countersign.policy.measures.trust_records import Trust
    from countersign.policy.questions.checkers import CheckedBy, CheckerAnswer, ModerationScores
    from countersign.policy.questions.counts import PeopleCalled, SignedEvents
    from countersign.policy.questions.crowds import Crowd, SentBefore, SimilarBefore
    from countersign.policy.questions.lists import ListedBy, Listing
    from countersign.policy.questions.people import (
        ActiveNames,
        Names,
        NamesInRoom,
        Silenced,
    )
    from countersign.policy.questions.question import Question
    from countersign.policy.questions.raids import RaidUnderWay, RecentNewcomers
    from countersign.policy.questions.rooms import RoomAlias
    from countersign.policy.questions.sender_groups import Per

__all__ = [
    "NO_FACTS",
    "ActiveNames",
    "Aspect",
    "CheckedBy",
    "CheckerAnswer",
    "Crowd",
    "Event",
    "Facts",
    "Filter",
    "Finding",
    "FindingKind",
    "Harm",
    "ListedBy",
    "Listing",
    "Mistake",
    "ModerationScores",
    "Names",
    "NamesInRoom",
    "OptionsInvalid",
    "PeopleCalled",
    "Per",
    "Question",
    "RaidUnderWay",
    "RecentNewcomers",
    "RoomAlias",
    "SentBefore",
    "SignedEvents",
    "Silenced",
    "SimilarBefore",
    "Trust",
    "option",
]

_MODULES: Final = {
    "events": ("Event",),
    "facts": ("NO_FACTS", "Facts"),
    "filter": ("Filter",),
    "findings": ("Finding", "FindingKind"),
    "harms": ("Harm",),
    "document.mistakes": ("Mistake",),
    "document.options": ("OptionsInvalid", "option"),
    "questions.checkers": ("CheckedBy", "CheckerAnswer", "ModerationScores"),
    "questions.counts": ("PeopleCalled", "SignedEvents"),
    "questions.crowds": ("Crowd", "SentBefore", "SimilarBefore"),
    "questions.lists": ("ListedBy", "Listing"),
    "questions.people": ("ActiveNames", "Names", "NamesInRoom", "Silenced"),
    "questions.question": ("Question",),
    "questions.raids": ("RaidUnderWay", "RecentNewcomers"),
    "questions.rooms": ("RoomAlias",),
    "questions.sender_groups": ("Per",),
    "event_kinds.aspects": ("Aspect",),
    "measures.trust_records": ("Trust",),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
