"""Port: short-lived messages between processes of one server name."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol


class Topic(StrEnum):
    """Kind of message. A process ignores kinds that it does not know."""

    SIGNED = "signed"
    """An event that its sender's server had signed for the first time: digest, server."""
    SEEN = "seen"
    """An event that is out: digest."""
    REQUESTS = "requests"
    """Requests that were let through: origin, how many."""
    TRANSACTIONS = "transactions"
    """Tokens that transactions took: origin, how many."""
    DECISIONS = "decisions"
    """New decisions on events of a server: its name, how many."""
    LEAKED = "leaked"
    """A leak that was recorded: room, sender's domain."""
    ERASED = "erased"
    """A person whose data were erased: user ID."""
    PART = "part"
    """A newcomer's short signed message, to be read with their next: community, room, sender, text,
    the event ID of the message that it edits or nothing; key in hex, ID and type of its event."""
    SUSPECT = "suspect"
    """A newcomer who wrote what the raid writes that is under way: community, user ID."""
    CAME = "came"
    """A person who came lately and had a message signed: community, user ID, room."""
    SAID = "said"
    """A text that somebody said: community, user ID, in which parts it is remembered, packed hashes
    of its words."""
    CALLED = "called"
    """A member's call to write something: community, user ID, a hash of the room."""
    QUOTABLE = "quotable"
    """A signed message, or what an edit made of it: event ID, sender, room, digests of its lines,
    number of letters, the people whom it mentions."""
    ANSWERS = "answers"
    """A newcomer's picture that answers a member: community, user ID, the room if they were asked
    for it."""
    POSTED = "posted"
    """A member who posted an indicator: community, its digest, user ID, `vouches` if trusted."""
    SUSPECTED = "suspected"
    """A person who was refused with an indicator: community, its digest, user ID, its kind and
    name, the refusal's reference."""
    STRIKES = "strikes"
    """Number of indicators that a person made suspect or bad: day, community and person."""
    SENT = "sent"
    """A signed event with indicators: event ID, community, sender, room, the decision's reference;
    kind, name and host of each indicator."""
    REDACTED = "redacted"
    """An event that a moderator redacted, from which the community learned: event ID."""
    REFUSED = "refused"
    """A text that was refused for evidence: community, user ID, the rule by which refusals count,
    hashes of its words, digests of its links and domains, its room."""
    PACE = "pace"
    """A member's signed event: room, kind of follow-up or nothing, user ID."""
    LINK_ASKED = "link-asked"
    """A member's request for a link: room, user ID, the people whom it mentions."""
    LINK_ANSWERED = "link-answered"
    """A newcomer's link for which a member asked: room, the member's user ID, the newcomer's."""
    REPEATED = "repeated"
    """A newcomer's text, signed or not: room, user ID, checksum."""
    KEYS = "keys"
    """A key or secret of a process: its name, a digest in hex."""
    CLOCKS = "clocks"
    """The time of a process by its wall clock: in ms since the epoch."""
    ANSWERED = "answered"
    """A transaction that was answered: origin, its ID, the answer as JSON."""

    __hash__ = str.__hash__  # an enumeration's own is slow, and counts are looked up by it


class Broadcasts(Protocol):
    """Sends messages to other processes within milliseconds; a message may be lost.

    The sender does not receive its own messages, so it acts by itself first. Messages of different
    processes may arrive in another order than they were sent.
    """

    def publish(self, topic: Topic, *words: str) -> None:
        """Send a message without waiting; raises nothing."""
        ...

    def count(self, topic: Topic, name: str, amount: int = 1) -> None:
        """Send an amount; amounts with one name that were not sent yet are added up.

        Subscribers get it as `on_message(name, amount)`.
        """
        ...

    def subscribe(self, topic: Topic, on_message: Callable[..., None]) -> None:
        """Call `on_message` with each message of others on a topic; its exceptions are logged."""
        ...
