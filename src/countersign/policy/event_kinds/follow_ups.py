"""Follow-ups: events that act on another event, or belong to a call.

In some clients a refused follow-up blocks everything that its sender writes after it in that room,
without a message. So limits of form and pace, which honest people reach, may exclude them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from countersign.policy.document.mistakes import Mistake, listed, near_miss, shown
from countersign.policy.document.options import OptionsInvalid, option

FLOOD_FACTOR: Final = 3
"""Multiple of a limit of form or pace from which on follow-ups count as a flood."""


class FollowUp(StrEnum):
    """Kind of a follow-up."""

    REACTION = "reaction"
    EDIT = "edit"
    REDACTION = "redaction"
    POLL_ANSWER = "poll-answer"
    CALL = "call"


def follow_up_mistakes(option_name: str, words: tuple[str, ...]) -> list[Mistake]:
    """Return the mistakes in a list of kinds of follow-ups, the value of an option."""
    return [
        Mistake(
            path=(option_name, place),
            found=shown(kind),
            allowed=listed(FollowUp),
            suggestion=near_miss(kind, FollowUp),
        )
        for place, kind in enumerate(words)
        if kind not in set(FollowUp)
    ]


@dataclass(frozen=True, kw_only=True)
class CourtesyRules:
    """Kinds of follow-ups that are not refused for courtesy: the section `courtesy` of a policy."""

    spares: tuple[str, ...] = option(
        (),
        maximum=len(FollowUp),
        unit="kinds",
        help=f"Follow-ups that no finding of the kind `courtesy` refuses: {', '.join(FollowUp)}. "
        "Beyond three times a limit they are a flood, which is evidence; except for redactions.",
    )

    def __post_init__(self) -> None:
        if mistakes := follow_up_mistakes("spares", self.spares):
            raise OptionsInvalid(mistakes)

    @property
    def spared(self) -> frozenset[FollowUp]:
        """The kinds of follow-ups that are not refused for courtesy."""
        return frozenset(map(FollowUp, self.spares))


DEFAULT_COURTESY_RULES: Final = CourtesyRules()

_BY_TYPE: Final = {
    "m.reaction": FollowUp.REACTION,
    "m.room.redaction": FollowUp.REDACTION,
    "m.poll.response": FollowUp.POLL_ANSWER,
    "org.matrix.msc3381.poll.response": FollowUp.POLL_ANSWER,
}
_CALLS: Final = (
    "m.call.",
    "m.rtc.",
    "org.matrix.call.",
    "org.matrix.msc3401.call",
    "org.matrix.msc4075.",
    "org.matrix.msc4143.rtc.",
    "org.matrix.msc4310.rtc.",
    "io.element.call.",
)


def find_follow_up(
    event_type: str, content: dict[str, Any], *, state_key: str | None
) -> FollowUp | None:
    """Return the kind of follow-up of an event; None if it is none.

    Of state events only those of calls are follow-ups. An edit is one if it has an event ID.
    """
    if event_type.startswith(_CALLS):
        return FollowUp.CALL
    if state_key is not None:
        return None
    if event_type in _BY_TYPE:
        return _BY_TYPE[event_type]
    relation = content.get("m.relates_to")
    if isinstance(relation, dict) and relation.get("rel_type") == "m.replace":
        return FollowUp.EDIT if isinstance(relation.get("event_id"), str) else None
    return None
