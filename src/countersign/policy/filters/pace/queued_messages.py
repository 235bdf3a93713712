"""Queued messages: what somebody wrote while they were offline, and their client sends at once.

A homeserver stamps a message when it comes from the client, so times of events cannot show that
they waited. What shows it is a person who was heard before, and texts that differ and lead nowhere.
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

KNOWN_MS: Final = 120_000
"""Minimum time since the sender was seen first: who floods does so when they come."""
PER_SECONDS: Final = 3_600
"""Time in which so many such messages pass at any pace."""
MOST_ALIKE: Final = 2
"""Number of texts with the same letters, of one sender and hour, that pass at any pace."""
MOST_LINKS: Final = 2
"""Number of messages with a link, of one sender and hour, that pass at any pace."""
MOST_REFUSED: Final = 2
"""Number of messages, of one sender and hour, that may have been refused."""
_DIGEST_BYTES: Final = 16
_TYPES: Final = ("queued",)
_NO_LETTERS: Final = {code: None for code in range(128) if not chr(code).isalpha()}


class QueuedMessage(NamedTuple):
    """Questions about a message that may have waited in its sender's client.

    Attributes:
        signed: how many such messages of the sender were signed within the hour.
        sent: how many were sent within the hour, signed or not.
        alike: how often the sender sent the same letters, or any link, within the hour.
        most_alike: how many of these pass at any pace.
    """

    signed: SignedEvents
    sent: Attempts
    alike: SentBefore
    most_alike: int

    @property
    def all(self) -> tuple[Question[Any], ...]:
        """All its questions."""
        return self.signed, self.sent, self.alike

    def is_within(self, most: int, facts: Facts) -> bool:
        """Return True if fewer than `most` were sent, and few refused and alike."""
        signed = facts[self.signed]
        if signed >= most or facts[self.sent] > signed + MOST_REFUSED:
            return False
        return facts[self.alike].by_sender < self.most_alike


def queued_message(event: Event) -> QueuedMessage | None:
    """Return what is asked about a message that may have waited; None if it can be none.

    It has no contact, mention, picture and file. What its sender writes before they can be known
    counts too: so it is asked about it, and `was_heard` says whether the answers matter.
    """
    if event.type != "m.room.message" or event.follow_up is not None:
        return None
    seen = event.seen
    if seen.media or seen.mentions.user_ids or seen.mentions.is_room:
        return None
    if any(each.kind.is_contact for each in event.indicators):
        return None
    if seen.links or event.indicators:
        named, most_alike = f"{event.sender}\0link", MOST_LINKS
    else:
        letters = _letters_of(seen.normalized) or seen.normalized
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
    """Return True if the sender had an event signed, and was seen first two minutes before."""
    standing = event.standing
    if not standing.accepted_events or not standing.first_seen_ts:
        return False
    return event.received_ts - standing.first_seen_ts >= KNOWN_MS


def _letters_of(text: str) -> str:
    if text.isascii():  # in a tenth of the time
        return text.translate(_NO_LETTERS)
    return "".join(filter(str.isalpha, text))
