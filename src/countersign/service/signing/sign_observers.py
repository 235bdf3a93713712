"""Observers of the answers to requests for signatures."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import structlog

from countersign.policy.decisions import RecordedDecision
from countersign.protocol.events.pdu import Pdu
from countersign.service.rooms.room import Room

log = structlog.get_logger()


class OnDecided(Protocol):
    """Called with an event that was decided just now, for the first time."""

    def __call__(self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision) -> None:
        """Observe the decision on `pdu`, for which the authenticated `origin` asked."""
        ...


class OnAnswered(Protocol):
    """Called with an event that a server asked about."""

    def __call__(
        self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision | None
    ) -> None:
        """Observe an answer.

        Args:
            pdu: the event; if there is a decision, possibly an altered copy of it.
            room: its room.
            origin: the authenticated server that asks.
            decision: the one that stands; None for an exempt event.
        """
        ...


class OnRepeated(Protocol):
    """Called with a repeat that was signed without being read again."""

    def __call__(self, digest: bytes, sender_server: str, origin: str) -> None:
        """Observe a repeated answer.

        Args:
            digest: the digest of the event, which was passed to `OnAnswered` before.
            sender_server: the server name of its sender.
            origin: the authenticated server that asks.
        """
        ...


class SignObservers(NamedTuple):
    """Functions that are called with answers to sign requests. They are fast and do not raise.

    Attributes:
        decided: called with each new decision.
        answered: called with each answer but those of `repeated`.
        repeated: called with each answer for which nothing was read again.
    """

    decided: tuple[OnDecided, ...] = ()
    answered: tuple[OnAnswered, ...] = ()
    repeated: tuple[OnRepeated, ...] = ()


NO_OBSERVERS = SignObservers()


def notify(observers: Iterable[Callable[..., None]], *arguments: object) -> None:
    """Call observers; an error in one is logged and changes nothing else."""
    for observe in observers:
        try:
            observe(*arguments)
        except Exception:
            log.exception("an observer failed", observer=getattr(observe, "__qualname__", None))
