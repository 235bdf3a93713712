"""Observers of the answers to requests for signatures."""

from typing import Protocol

from countersign.policy.decisions import RecordedDecision
from countersign.protocol.events.pdu import Pdu
from countersign.service.rooms.room import Room


class SignObserver(Protocol):
    """Learns of answers to requests for signatures. Quick, and never in the way of an answer."""

    def decided(self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision) -> None:
        """Take note that an event was decided just now, for the first time."""
        ...

    def answered(
        self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision | None
    ) -> None:
        """Take note that a server asked about an event.

        Args:
            pdu: the event; some copy of it, if there is a decision.
            room: its room.
            origin: the authenticated server that asks.
            decision: the one that stands; None for an exempt event.
        """
        ...
