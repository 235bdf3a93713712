"""The closed list of questions that a filter may ask about the world outside an event.

A filter asks, the service answers from its stores, the filter judges: see ADR 0001. A new kind of
question is a class here and an answer in `service/answer.py`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from countersign.policy.events import Event
from countersign.policy.raids import Raid

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Question(Generic[Answer]):
    """Something that only others know. Equal questions have one answer and are answered once.

    Attributes:
        is_slow: whether the answer takes time, as of another server. Slow questions are asked only
            about events that all other filters let pass.
    """

    is_slow: ClassVar[bool] = False


class Per(StrEnum):
    """Whose events are counted together."""

    SENDER = "sender"
    SERVER = "server"
    ROOM = "room"
    COMMUNITY = "community"

    def key_of(self, event: Event) -> str:
        """Return the name under which `event` is counted; empty for the community."""
        match self:
            case Per.SENDER:
                return event.sender
            case Per.SERVER:
                return event.server
            case Per.ROOM:
                return event.room_id
            case Per.COMMUNITY:
                return ""


@dataclass(frozen=True, slots=True)
class SignedEvents(Question[int]):
    """How many events were signed in the last `per_seconds`, in all rooms of the policy.

    The event in question is not among them. Once an event is signed, it is added to the counter of
    every `SignedEvents` that was asked about it, and so a counter holds exactly the events that
    some filter with these `types` looks at.

    Attributes:
        per: whose events.
        key: which one: a user ID, server name or room ID; empty for the community.
        types: globs of event types that count; empty for all.
        per_seconds: how far back, 1 or more.
    """

    per: Per
    key: str
    types: tuple[str, ...]
    per_seconds: int

    @property
    def counter(self) -> tuple[str, ...]:
        """Return the name of the counter, without the window, which counters keep apart."""
        return (self.per.value, self.key, *self.types)


@dataclass(frozen=True, slots=True)
class RaidUnderWay(Question[Raid | None]):
    """Which raid the community is in; None at peace."""
