"""The room of an event: its alias and its slow mode."""

from countersign.basics.records import record
from countersign.policy.questions.question import Question


@record(frozen=True, slots=True)
class RoomAlias(Question[str | None]):
    """The canonical alias of a room; None if it has none."""

    room_id: str


@record(frozen=True, slots=True)
class SlowModeWait(Question[int]):
    """Time that the sender must wait by the room's slow mode, in ms; 0 for none."""
