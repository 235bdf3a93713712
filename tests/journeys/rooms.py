"""A protected room, and what it means that an event was refused or has passed."""

from dataclasses import dataclass

import pytest
from examples.demo.matrix_client import MatrixError


@dataclass(frozen=True)
class ProtectedRoom:
    room_id: str
    version: str


def refusal_of(send):
    """Call `send`, which must be refused, and return the error that the client got."""
    with pytest.raises(MatrixError) as caught:
        send()
    return caught.value


def assert_passes(room, sender, reader, send):
    """Assert that what `send` sends is accepted and reaches the reader's homeserver."""
    event_id = send()

    event = reader.wait_for_event(room.room_id, event_id)
    assert event["sender"] == sender.user_id
    return event


def assert_quiet_passage(room, sender, reader):
    """Assert that ordinary talk still passes; what was sent before it has arrived by then."""
    return assert_passes(room, sender, reader, lambda: sender.say(room.room_id, "fine weather"))
