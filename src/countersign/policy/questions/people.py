"""Senders: their mutes and display names, and those of others in the room."""

from dataclasses import dataclass

from countersign.policy.questions.question import Question
from countersign.policy.text.finders import NameFinder


@dataclass(frozen=True, slots=True)
class Silenced(Question[int]):
    """Until when the sender is silenced after refusals, in ms since the epoch; 0 if they are not.

    A refusal for evidence of abuse counts, once for each event; what comes in the meantime prolongs
    nothing. Each further silence is twice as long as the one before, until a day without any.

    Attributes:
        user_id: the sender.
        after_refusals: so many refusals.
        within_seconds: within this time.
        silence_seconds: silence for so long the first time.
        max_seconds: and never longer than this.
    """

    user_id: str
    after_refusals: int
    within_seconds: int
    silence_seconds: int
    max_seconds: int


@dataclass(frozen=True, slots=True)
class ActiveNames(Question[NameFinder]):
    """The display names of recent writers in a room, prepared for searches in a text.

    They are looked for in `event.seen.normalized`: the archive keeps only what is found there.
    """

    room_id: str


@dataclass(frozen=True, slots=True)
class Names:
    """Display names of the sender and of the room's moderators.

    Attributes:
        own: the sender's display name; None if it has none.
        moderators: for each moderator, user ID and display name.
        is_own_earlier: the sender had the name before the power levels were set as they are.
    """

    own: str | None
    moderators: tuple[tuple[str, str | None], ...]
    is_own_earlier: bool = False


@dataclass(frozen=True, slots=True)
class NamesInRoom(Question[Names]):
    """Display names of `user_id`, the sender, and of the moderators of the event's room."""

    user_id: str
