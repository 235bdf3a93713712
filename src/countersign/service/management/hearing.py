"""Dispatch of verified events of management rooms to the desk of their room."""

from collections.abc import Mapping

from countersign.protocol.events.pdu import Pdu
from countersign.service.management.desk import Desk
from countersign.service.management.rooms import ManagementRooms


class Hearing:
    """Passes events on to desks; takes constant time.

    Args:
        rooms: the management rooms.
        desks: the desk of each community that has one.
    """

    def __init__(self, rooms: ManagementRooms, desks: Mapping[str, Desk]) -> None:
        self._rooms = rooms
        self._desks = desks

    def arrived(self, pdu: Pdu) -> None:
        """Receive a verified event of any room."""
        management = self._rooms.find(pdu.room_id)
        if management is not None:
            self._desks[management.community].arrived(pdu)
