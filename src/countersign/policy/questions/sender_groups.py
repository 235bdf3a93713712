"""Groups of senders whose events are counted together."""

from enum import StrEnum
from typing import Final, Protocol


class Sent(Protocol):
    """Something that was sent, as an event is."""

    @property
    def sender(self) -> str:
        """Return the sender's name."""
        ...

    @property
    def server(self) -> str:
        """Return the sender's server."""
        ...

    @property
    def room_id(self) -> str:
        """Return the room."""
        ...


class Per(StrEnum):
    """Groups of senders whose events are counted together."""

    SENDER = "sender"
    SERVER = "server"
    ROOM = "room"
    COMMUNITY = "community"

    __hash__ = str.__hash__  # an enumeration's own is slow, and counters are looked up by it

    def key_of(self, event: Sent) -> str:
        """Return the name under which `event` is counted; empty for the community."""
        return "" if self is Per.COMMUNITY else getattr(event, _KEYS[self])


_KEYS: Final = {Per.SENDER: "sender", Per.SERVER: "server", Per.ROOM: "room_id"}
