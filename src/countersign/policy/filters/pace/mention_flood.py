"""Filter `mention-flood`: too many people mentioned in one event."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.people import ActiveNames

_MAX_ROOMS: Final = 1_024


@dataclass(frozen=True, kw_only=True)
class MentionFlood(Filter):
    """Refuses an event that mentions more people than the room allows.

    ## Why this harms
    Every mention rings a phone. One event that mentions the whole room takes everyone's attention
    at no cost to its sender.

    ## What it sees
    The filter counts everyone whom the event mentions by user ID, each person once: in [m.mentions]
    (also of an edit's new content), in pills and `matrix.to` links, and written out in any text.
    `@room` counts as `room_counts_as` people; 0 leaves it to the room's own power level for it.
    With `names`, the plain display names of people who wrote in the room within the last hour count
    too, if they are whole words of four or more letters: many clients notify a person for a name
    alone. Encrypted events show a policy server no mentions, and always pass.

    ## When it is wrong
    A bot that mentions everyone on a rota, or a moderator's list of accounts. Exempt the sender
    instead of raising the limit.

    [m.mentions]: https://spec.matrix.org/v1.18/client-server-api/#user-and-room-mentions
    """

    name: ClassVar[str] = "mention-flood"
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    harm: ClassVar[Harm] = Harm.FLOODING
    says: ClassVar[str] = (
        "Please name only those you need to reach: this message mentions a lot of people at once."
    )

    max_users: int = option(
        20,
        minimum=0,
        maximum=10_000,
        unit="users",
        help="The most different users that one event may mention.",
    )
    room_counts_as: int = option(
        0,
        minimum=0,
        maximum=100_000,
        unit="users",
        help="How many users `@room` counts as; 0 leaves it to the room's power levels.",
    )

    names: bool = option(
        default=False,
        help="Whether plain display names of people who wrote within the last hour count too.",
    )

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return None if self.names else Aspect.MENTIONS

    def asks(self, event: Event) -> Iterable[ActiveNames]:
        """See `Filter.asks`."""
        if self.names:
            yield _active_names(event.room_id)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        mentions = event.seen.mentions
        called_by_room = self.room_counts_as if mentions.is_room else 0
        user_ids = mentions.user_ids
        for question in self.asks(event):
            user_ids |= facts[question].users_in(event.seen.normalized)
        mentioned = len(user_ids) + called_by_room
        if mentioned <= self.max_users:
            return None
        with_room = f", {called_by_room} of them for @room" if called_by_room else ""
        return self.refuse(
            f"mentions {mentioned} users{with_room}; this room allows {self.max_users}",
            value=mentioned,
            limit=self.max_users,
        )


_active_names: Final = lru_cache(_MAX_ROOMS)(ActiveNames)
