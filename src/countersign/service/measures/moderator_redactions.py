"""Redactions by moderators: what they take down is a lesson about its indicators."""

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
        """Take note of it; nothing follows if the event is the moderator's own."""
        ...


class ModeratorRedactions:
    """Finds the redactions of moderators among what is asked about and what is pushed to us.

    Args:
        pupil: learns from them.
        policies: tell who moderates.
        find_room: tells whose power is how great.
        our_user_id: our own redactions repeat our refusals, and teach nothing.
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
        """See `SignObserver.decided`."""
        if decision.decision.verdict is Verdict.SIGN:
            self.arrived(pdu)

    def answered(
        self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision | None
    ) -> None:
        """See `SignObserver.answered`: what was asked before is known."""

    def arrived(self, pdu: Pdu) -> None:
        """Take note of an event whose signatures are right, if it is such a redaction."""
        if pdu.type != "m.room.redaction" or pdu.sender == self._our_user_id:
            return
        event_id = trustworthy_copy(pdu).redacts
        room = self._find_room(pdu.room_id)
        if event_id is None or room is None:
            return
        rules = self._policies.for_room(pdu.room_id).policy.trust_rules
        if room.state.power_levels.of_user(pdu.sender) >= rules.moderator_power_level:
            self._pupil.redacted(event_id, pdu.room_id, pdu.sender)
