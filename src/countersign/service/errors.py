"""What a service may answer instead of a result. Only web/errors.py knows what each is on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countersign.protocol.errors import CountersignError

if TYPE_CHECKING:
    from collections.abc import Iterable


class ServiceError(CountersignError):
    """Something a service will not or cannot do; the class says whose turn it is.

    A subclass's `default_message` is one sentence for the person at the other end: it goes out on
    the wire, so it never holds what only our log may know.
    """

    default_message = "The request was refused."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.default_message)


class NotAuthenticated(ServiceError):
    """The request is not signed by the server that it claims to come from.

    One sentence for every cause: to tell an unknown server from an unreachable one would make us
    a port scanner for whoever asks.
    """

    default_message = "The request's signature could not be verified."


class NotProtected(ServiceError):
    """The room is not one of ours. Never raised while the rooms are still being loaded."""

    default_message = "This Policy Server does not know the room."


class NotFound(ServiceError):
    """What was asked for (a user, a device list) does not live here."""

    default_message = "There is no such thing on this server."


class AclDenied(ServiceError):
    """The room's server ACL bars the asking server."""

    default_message = "Your server is not allowed in this room."


class Forbidden(ServiceError):
    """We decline for good something other than signing, such as an invitation."""

    default_message = "This server declines the request."


class RateLimited(ServiceError):
    """The asker is over its limit and may come back.

    Args:
        retry_after_ms: when to come back, at least 1.
    """

    default_message = "Too many requests: try again a little later."

    def __init__(self, retry_after_ms: int, message: str | None = None) -> None:
        super().__init__(message)
        self.retry_after_ms = max(1, retry_after_ms)


class TryLater(ServiceError):
    """We cannot decide at the moment, and nothing was remembered."""

    default_message = "This Policy Server cannot answer at the moment: try again a little later."


class EventRefused(ServiceError):
    """The final answer on an event: a recorded decision not to sign it.

    Homeservers remember it, so it is never raised for trouble of our own.

    Args:
        says: words for the person who sent the event, without the reference.
        reference: what the sender quotes to a moderator; None if nothing was recorded.
        harms: harm identifiers as they go on the wire, most important first.
    """

    default_message = "This event was refused."

    def __init__(
        self, says: str | None = None, *, reference: str | None = None, harms: Iterable[str] = ()
    ) -> None:
        super().__init__(says)
        self.reference = reference
        self.harms = tuple(harms)

    @property
    def says(self) -> str:
        """The words for the sender."""
        return str(self)
