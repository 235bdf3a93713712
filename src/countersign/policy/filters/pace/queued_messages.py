"""Queued messages: messages that were written offline, and that a client sends all at once.

A homeserver sets `origin_server_ts` when the client sends the message, so the timestamps do not
show the delay. Messages count as queued if their sender was active before, and if the texts differ
and have no contacts.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters.pace.rates import MAX_QUESTIONS
from countersign.policy.questions.counts import Attempts, SignedEvents
from countersign.policy.questions.crowds import SentBefore
from countersign.policy.questions.question import Question
from countersign.policy.questions.sender_groups import Per

KNOWN_MS: Final = 90_000
"""Minimum time since the sender's first event: flooders begin when they arrive."""
PER_SECONDS: Final = 3_600
"""Window in which queued messages are counted."""
MOST_ALIKE: Final = 6
"""Maximum number of texts with the same letters by one sender in an hour."""
MOST_LINKS: Final = 4
"""Maximum number of messages with a link by one sender in an hour."""
MOST_REFUSED: Final = 2
"""Maximum number of refused messages by one sender in an hour."""
_DIGEST_BYTES: Final = 16
_TYPES: Final = ("queued",)
_NO_LETTERS: Final = bytes(code for code in range(128) if not chr(code).isalpha())


class QueuedMessage(NamedTuple):
    """Questions about a message that may be queued. All counts are of one sender and hour.

    Attributes:
        signed: such messages that were signed.
        sent: such messages that were sent, signed or not.
        alike: messages with the same letters or, if it has a link, with any link.
        most_alike: maximum of `alike`.
    """

    signed: SignedEvents
    sent: Attempts
    alike: SentBefore
    most_alike: int

    @property
    def all(self) -> tuple[Question[Any], ...]:
        """All of these questions."""
        return self.signed, self.sent, self.alike

    def is_within(self, most: int, facts: Facts) -> bool:
        """Return True if fewer than `most` were sent, and the other limits are kept."""
        signed = facts[self.signed]
        if signed >= most or facts[self.sent] > signed + MOST_REFUSED:
            return False
        return facts[self.alike].by_sender < self.most_alike


def queued_message(event: Event) -> QueuedMessage | None:
    """Return the questions about a message that may be queued; None if it cannot be.

    A queued message has no contact, mention, picture or file. Messages of senders for whom
    `was_heard` is False are counted too, so the questions are asked about them as well.
    """
    if event.type != "m.room.message" or event.follow_up is not None:
        return None
    content = event.seen
    if content.media or content.mentions.user_ids or content.mentions.is_room:
        return None
    if any(each.kind.is_contact for each in event.indicators):
        return None
    if content.links or event.indicators:
        named, most_alike = f"{event.sender}\0link", MOST_LINKS
    else:
        letters = _letters_of(content.normalized) or content.normalized
        named, most_alike = f"{event.sender}\0said\0{letters}", MOST_ALIKE
    digest = blake2b(named.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
    signed, sent = _counts_of(event.sender)
    return QueuedMessage(signed, sent, SentBefore(f"queued {digest}", PER_SECONDS), most_alike)


@lru_cache(MAX_QUESTIONS)
def _counts_of(sender: str) -> tuple[SignedEvents, Attempts]:
    return (
        SignedEvents(Per.SENDER, sender, _TYPES, PER_SECONDS),
        Attempts(Per.SENDER, sender, _TYPES, PER_SECONDS),
    )


def was_heard(event: Event) -> bool:
    """Return True if the sender had an event signed, the first one `KNOWN_MS` ago or earlier."""
    standing = event.standing
    if not standing.accepted_events or not standing.first_seen_ts:
        return False
    return event.received_ts - standing.first_seen_ts >= KNOWN_MS


def _letters_of(text: str) -> str:
    if text.isascii():  # in a tenth of the time
        return text.encode().translate(None, _NO_LETTERS).decode()
    return "".join(filter(str.isalpha, text))
