"""Port: numbers by which processes notice each other's changes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol


class Topic(StrEnum):
    """Kind of data that processes cache; each has a number that grows with every change."""

    ACCESS = "access"
    """Tokens, and who is frozen."""
    ALLOWANCES = "allowances"
    CHATS = "chats"
    """Direct chats with our user."""
    DROPPED_STEPS = "dropped-steps"
    """Steps of policies that the runaway guard dropped, and since when each step is as it is."""
    ERASURES = "erasures"
    """Personal data were deleted on somebody's demand."""
    FOUND_ROOMS = "found-rooms"
    """Rooms that aliases and spaces stand for."""
    INDICATORS = "indicators"
    INDICATORS_TAKEN_BACK = "indicators-taken-back"
    """Indicators that nobody vouches for any more."""
    JOINS = "joins"
    """Joins of rooms that are under way."""
    MANAGEMENT_ROOMS = "management-rooms"
    """Rooms that aliases of management rooms stand for."""
    MACHINES = "machines"
    """A machine is there that does not lead; it says so every minute."""
    MUTES = "mutes"
    OUTBOX = "outbox"
    """Leaks that are to be handed over."""
    OWN_EVENTS = "own-events"
    """Events of our own user that are to be delivered."""
    POLICIES = "policies"
    RAIDS = "raids"
    ROOMS = "rooms"
    ROOMS_FORGOTTEN = "rooms-forgotten"
    """Rooms of which nothing is stored any more."""
    SERVER_KEYS = "server-keys"
    """Keys of other servers."""
    TRUST = "trust"


class ChangeStore(Protocol):
    """Counts the changes of each topic.

    A topic's number grows in the transaction of each write that changes the topic, and transactions
    that change one topic commit in the order of their numbers. So a process that has read a number
    sees every change up to it. Rows may store the number of their last change; then a process reads
    only the rows that changed.
    """

    async def numbers(self) -> Mapping[Topic, int]:
        """Return the number of each topic that ever changed, without topics of newer programs."""
        ...

    async def note(self, topic: Topic) -> int:
        """Count a change of a topic without stored rows; return the topic's number."""
        ...
