"""Aspects of an event: properties that few events have and that some filters look for."""

from enum import IntFlag
from typing import Final

SHORT_CHARS: Final = 16
LONG_CHARS: Final = 1_200


class Aspect(IntFlag):
    """A property that an event may have.

    A filter that declares aspects (`Filter.about`) is not called for an event that has none of
    them.
    """

    OTHER_TYPE = 1
    """It is not an `m.room.message`."""
    FOLLOW_UP = 2
    """It acts on another event, or belongs to a call."""
    RELATION = 4
    """It has an `m.relates_to`."""
    STATE = 8
    """It is a state event."""
    STICKY = 16
    """It asks to be a sticky event (MSC4354)."""
    MEDIA = 32
    """It may hold a picture or file, or is a message that is not of text."""
    PLACES = 64
    """It may have a link: written out, a bare domain, or disguised."""
    MENTIONS = 128
    """It mentions somebody, or the room."""
    BEYOND_ASCII = 256
    """A text in it has characters beyond ASCII."""
    SHORT = 512
    """It shows at most `SHORT_CHARS` characters."""
    LONG = 1024
    """Its texts have `LONG_CHARS` characters or more, all together."""
