"""Senders: their mutes and display names, and those of others in the room."""

from countersign.basics.records import record
from countersign.policy.questions.question import Question
from countersign.policy.text.finders import NameFinder


@record(frozen=True, slots=True)
class Silenced(Question[int]):
    """End of the sender's mute after refusals, in ms since the epoch; 0 without one.

    Refusals for evidence of abuse count, once for each event; refusals during a mute do not. Each
    further mute is twice as long as the one before, until a day passes without any.

    Attributes:
        user_id: the sender.
        after_refusals: number of refusals that start a mute.
        within_seconds: the time within which they count.
        silence_seconds: duration of the first mute.
        max_seconds: maximum duration of any mute.
    """

    user_id: str
    after_refusals: int
    within_seconds: int
    silence_seconds: int
    max_seconds: int


@record(frozen=True, slots=True)
class ActiveNames(Question[NameFinder]):
    """The display names of recent writers in a room, prepared for searches in a text.

    They are searched for in `event.seen.normalized`; the archive keeps only the names found there.
    """

    room_id: str


@record(frozen=True, slots=True)
class Names:
    """Display names of the sender and of the room's moderators.

    Attributes:
        own: the sender's display name; None if it has none.
        moderators: for each moderator, user ID and display name.
        is_own_earlier: the sender had the name before the present power levels were set.
    """

    own: str | None
    moderators: tuple[tuple[str, str | None], ...]
    is_own_earlier: bool = False


@record(frozen=True, slots=True)
class NamesInRoom(Question[Names]):
    """Display names of `user_id`, the sender, and of the moderators of the event's room."""

    user_id: str
