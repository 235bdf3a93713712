"""Cases of policy tests: sender, room and content of events, with the expected verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.measures.trust_records import Trust
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.room_versions import RoomVersionRules, get_room_version

CASE_SENDER: Final = "@someone:example.org"
CASE_ROOM: Final = "!room:example.org"
CASE_ROOM_VERSION: Final = "11"


class Expected(StrEnum):
    """Expected verdict on an event."""

    SIGN = "sign"
    REFUSE = "refuse"
    WARN = "warn"
    """The event is refused once, and signed when it is sent again."""

    @classmethod
    def of(cls, decision: Decision) -> "Expected":
        """Return the verdict of a decision."""
        if decision.is_warning:
            return cls.WARN
        return cls.SIGN if decision.verdict is Verdict.SIGN else cls.REFUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSender:
    """Sender of a case's events.

    Attributes:
        user_id: the user ID.
        trust: the level of trust; None to derive it from the other attributes.
        power_level: the power level in the room.
        known_hours: hours since the community first saw the sender; 0 for a stranger.
        accepted_events: number of signed events.
        active_days: number of days with signed events.
        display_name: the display name in the room.
    """

    user_id: str = CASE_SENDER
    trust: Trust | None = None
    power_level: int = 0
    known_hours: int = 0
    accepted_events: int = 0
    active_days: int = 0
    display_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRoom:
    """Room of a case's events.

    Attributes:
        room_id: the room.
        rules: the rules of its room version.
        is_encrypted: True if it is encrypted.
        members: display names by user ID, of members other than the senders.
        power_levels: power levels by user ID.
    """

    room_id: str = CASE_ROOM
    rules: RoomVersionRules = field(default_factory=lambda: get_room_version(CASE_ROOM_VERSION))
    is_encrypted: bool = False
    members: Mapping[str, str] = field(default_factory=dict)
    power_levels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """An event of a case.

    Attributes:
        pdu: the event, unsigned.
        sender: its sender.
        at_seconds: its time in seconds after the start of the case.
    """

    pdu: Pdu
    sender: CaseSender
    at_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Events with the expected verdicts.

    Attributes:
        name: its name.
        line: its line in the document.
        events: one or more events, in order.
        expected: the expected verdict on each event; a single one is for the last event.
        by: the label of a step that must have a finding on the last event; None for any.
        room: the room of the events.
        is_raid: True if the community is in raid mode.
    """

    name: str
    line: int
    events: tuple[CaseEvent, ...]
    expected: tuple[Expected, ...]
    by: str | None = None
    room: CaseRoom
    is_raid: bool = False
