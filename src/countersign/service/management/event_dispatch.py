"""Dispatch of verified events of management rooms to the handler of their room."""

from collections.abc import Mapping

from countersign.protocol.events.pdu import Pdu
from countersign.service.management.command_handler import CommandHandler
from countersign.service.management.rooms import ManagementRooms


class EventDispatch:
    """Passes events on to handlers; takes constant time.

    Args:
        handlers: the handler of each community that has one.
    """

    def __init__(self, rooms: ManagementRooms, handlers: Mapping[str, CommandHandler]) -> None:
        self._rooms = rooms
        self._handlers = handlers

    def arrived(self, pdu: Pdu) -> None:
        """Receive a verified event of any room."""
        management = self._rooms.find(pdu.room_id)
        if management is not None:
            self._handlers[management.community].arrived(pdu)
