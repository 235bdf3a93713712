"""A protected room, and assertions that an event was refused or has passed."""

from dataclasses import dataclass

import pytest
from examples.demo.matrix_client import MatrixError


@dataclass(frozen=True)
class ProtectedRoom:
    room_id: str
    version: str


def refusal_of(send):
    """Call `send`, which must be refused; return the error that the client got."""
    with pytest.raises(MatrixError) as caught:
        send()
    return caught.value


def find_refusal(send):
    """Call `send`; return the error that the client got, or None if it was accepted."""
    try:
        send()
    except MatrixError as error:
        return error
    return None


def assert_passes(room, sender, reader, send):
    """Assert that the event of `send` is accepted and reaches the reader's homeserver."""
    event_id = send()

    event = reader.wait_for_event(room.room_id, event_id)
    assert event["sender"] == sender.user_id
    return event


def assert_quiet_passage(room, sender, reader):
    """Assert that ordinary messages still pass, and that earlier events have arrived."""
    return assert_passes(room, sender, reader, lambda: sender.say(room.room_id, "fine weather"))
