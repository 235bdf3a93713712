"""Redactions by moderators, from which communities learn bad indicators."""

from collections.abc import Callable
from typing import Protocol

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.protocol.events.pdu import Pdu
from countersign.service.keys.event_verification import trustworthy_copy
from countersign.service.policies.policies_in_force import Policies
from countersign.service.rooms.room import Room


class LearnsFromRedactions(Protocol):
    """Learns that a moderator redacted an event."""

    def redacted(self, event_id: str, room_id: str, moderator: str) -> None:
        """Receive a redaction; one of the moderator's own event is ignored."""
        ...


class ModeratorRedactions:
    """Finds redactions by moderators among signed events and events that are pushed to us.

    Args:
        pupil: learns from them.
        policies: name the moderators.
        find_room: returns a room, for its power levels.
        our_user_id: redactions by our own user are left out: they repeat our refusals.
    """

    def __init__(
        self,
        pupil: LearnsFromRedactions,
        *,
        policies: Policies,
        find_room: Callable[[str], Room | None],
        our_user_id: str,
    ) -> None:
        self._pupil = pupil
        self._policies = policies
        self._find_room = find_room
        self._our_user_id = our_user_id

    def decided(self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision) -> None:  # noqa: ARG002
        """See `OnDecided`."""
        if decision.decision.verdict is Verdict.SIGN:
            self.arrived(pdu)

    def arrived(self, pdu: Pdu) -> None:
        """Receive an event with verified signatures; only redactions by moderators matter."""
        if pdu.type != "m.room.redaction" or pdu.sender == self._our_user_id:
            return
        event_id = trustworthy_copy(pdu).redacts
        room = self._find_room(pdu.room_id)
        if event_id is None or room is None:
            return
        rules = self._policies.for_room(pdu.room_id).policy.trust_rules
        if room.state.power_levels.user_level(pdu.sender) >= rules.moderator_power_level:
            self._pupil.redacted(event_id, pdu.room_id, pdu.sender)
