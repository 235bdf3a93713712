"""The room of an event: its alias and its slow mode."""

from dataclasses import dataclass

from countersign.policy.questions.question import Question


@dataclass(frozen=True, slots=True)
class RoomAlias(Question[str | None]):
    """The canonical alias of a room; None if it has none."""

    room_id: str


@dataclass(frozen=True, slots=True)
class SlowModeWait(Question[int]):
    """Time that the sender must wait by the room's slow mode, in ms; 0 for none."""
