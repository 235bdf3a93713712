"""Observers of the answers to requests for signatures."""

from typing import Protocol

from countersign.policy.decisions import RecordedDecision
from countersign.protocol.events.pdu import Pdu
from countersign.service.rooms.room import Room


class SignObserver(Protocol):
    """Called with answers to sign requests. Methods are fast and do not raise."""

    def decided(self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision) -> None:
        """Receive an event that was decided just now, for the first time."""
        ...

    def answered(
        self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision | None
    ) -> None:
        """Receive an event that a server asked about.

        Args:
            pdu: the event; if there is a decision, possibly an altered copy of it.
            room: its room.
            origin: the authenticated server that asks.
            decision: the one that stands; None for an exempt event.
        """
        ...

    def repeated(self, digest: bytes, sender_server: str, origin: str) -> None:
        """Receive a repeat that was signed without being read again.

        Args:
            digest: of the event, which was passed to `answered` before.
            sender_server: the server name of its sender.
            origin: the authenticated server that asks.
        """
        ...
