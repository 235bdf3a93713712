"""Errors about data from peers, each with its Matrix error code."""

from typing import ClassVar


class CountersignError(Exception):
    """Base class of all errors of this program."""

    def __init__(self, message: str | None = None) -> None:
        """Set the message, a sentence for people; by default the first line of the docstring."""
        super().__init__(message or (self.__doc__ or "").partition("\n")[0])


class ProtocolError(CountersignError):
    """A peer sent what the Matrix specification does not allow.

    Attributes:
        errcode: the Matrix error code of the answer.
    """

    errcode: ClassVar[str] = "M_UNKNOWN"


class NotJson(ProtocolError):
    """The text is not JSON in UTF-8."""

    errcode = "M_NOT_JSON"


class BadJson(ProtocolError):
    """The JSON is well-formed but not acceptable."""

    errcode = "M_BAD_JSON"


class EventMalformed(BadJson):
    """The event does not have the shape that its room version demands."""


class UnsupportedRoomVersion(ProtocolError):
    """The room version is not one that Countersign knows."""

    errcode = "M_UNSUPPORTED_ROOM_VERSION"


class SignatureInvalid(ProtocolError):
    """A signature is missing or does not verify."""

    errcode = "M_FORBIDDEN"


class Unauthorized(ProtocolError):
    """The request does not prove which server sent it."""

    errcode = "M_UNAUTHORIZED"
