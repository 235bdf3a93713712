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
    """It is refused once, and passes when it is sent again."""

    @classmethod
    def of(cls, decision: Decision) -> "Expected":
        """Return the outcome for an event."""
        if decision.is_warning:
            return cls.WARN
        return cls.SIGN if decision.verdict is Verdict.SIGN else cls.REFUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSender:
    """Sender of a case's events.

    Attributes:
        user_id: their user ID.
        trust: how far they are trusted; None for what the policy makes of the rest.
        power_level: in the room.
        known_hours: for how long the community has known them; 0 for a stranger.
        accepted_events: how many events of theirs were signed.
        active_days: on how many days.
        display_name: how they are called in the room.
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
        rules: its version.
        is_encrypted: whether it is encrypted.
        members: display names of those in it, beside the senders, by user ID.
        power_levels: of those in it, by user ID.
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
        sender: who sends it.
        at_seconds: when, from the case's start on.
    """

    pdu: Pdu
    sender: CaseSender
    at_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Events with the expected verdicts.

    Attributes:
        name: what it is called.
        line: where it stands in its document.
        events: one or more, in their order.
        expected: what is to become of each; of the last alone, if it is one.
        by: the label of a step that must find something in the last event; None for any.
        room: where they are sent.
        is_raid: whether the community is in raid mode.
    """

    name: str
    line: int
    events: tuple[CaseEvent, ...]
    expected: tuple[Expected, ...]
    by: str | None = None
    room: CaseRoom
    is_raid: bool = False
