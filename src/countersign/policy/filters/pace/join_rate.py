"""Filter `join-rate`: too many joins, invitations or knocks in a short time."""

from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.document.mistakes import Mistake, listed, near_miss, shown
from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.events import Event
from countersign.policy.filters.pace.options import most_events
from countersign.policy.filters.pace.rates import Rate
from countersign.policy.questions.sender_groups import Per

MEMBERSHIPS: Final = ("join", "arrival", "invite", "knock")
_COUNTED_AS: Final = {
    MembershipKind.JOIN: ("join", "arrival"),
    MembershipKind.PROFILE: ("join",),
    MembershipKind.INVITE: ("invite",),
    MembershipKind.KNOCK: ("knock",),
}


@dataclass(frozen=True, kw_only=True)
class JoinRate(Rate):
    """Refuses memberships above a limit in a time, for one room, server or sender, or for all.

    ## Why this harms
    A raid begins with many joins at once, often from one server with open registration. Spam by
    invitation, and display names that change every second, are floods of the same event.

    ## What it sees
    The filter sees membership events, and so needs `judge_membership: true`. It counts the kinds in
    `memberships`: `join` (which includes a change of name or picture), `arrival` (a join that does
    not), `invite`, `knock`. It counts those that were signed, in all rooms of this policy together
    unless `per: room` is set. With `each_room` it counts each room apart, also for one sender or
    server: a new name or picture comes to every room of its owner at once, and whoever arrives may
    join several. With `first_events` it leaves out whoever had that many events signed in the
    community.

    ## When it is wrong
    A refused join splits the room on today's homeservers: the newcomer's own server treats the
    newcomer as joined. Raid mode, which lets everybody in and keeps newcomers quiet, is the better
    answer to most waves. `per: sender` stops people who change their names all the time. A link to
    the room in the news also brings many people at once.
    """

    name: ClassVar[str] = "join-rate"
    says: ClassVar[str] = "Please try again in a few minutes: too many people come at once."

    per: Per = option(  # noqa: RUF009 - declares a field
        Per.SERVER,
        help="Whose memberships are counted together: one sender's, one server's, one room's, "
        "or everyone's.",
    )
    max_events: int = most_events(20)
    memberships: tuple[str, ...] = option(
        ("join",),
        minimum=1,
        maximum=len(MEMBERSHIPS),
        unit="memberships",
        help=f"Which memberships count: {', '.join(MEMBERSHIPS)}.",
    )

    each_room: bool = option(
        default=False, help="Whether each room is counted apart, whatever `per` is."
    )
    first_events: int = option(
        0,
        minimum=0,
        maximum=1_000,
        unit="events",
        help="Count and refuse only senders of whom fewer events were signed; 0 for everybody.",
    )

    def __post_init__(self) -> None:
        mistakes = [
            Mistake(
                path=("memberships", position),
                found=shown(membership),
                allowed=listed(MEMBERSHIPS),
                suggestion=near_miss(membership, MEMBERSHIPS),
            )
            for position, membership in enumerate(self.memberships)
            if membership not in MEMBERSHIPS
        ]
        if mistakes:
            raise OptionsInvalid(mistakes)

    @property
    def counted(self) -> str:
        """See `Rate.counted`."""
        return f"{listed(self.memberships)} events"

    def counts(self, kind: MembershipKind) -> bool:
        """Return True if memberships of this kind are counted."""
        return any(each in self.memberships for each in _COUNTED_AS.get(kind, ()))

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.OTHER_TYPE

    def types_counted_for(self, event: Event) -> tuple[str, ...] | None:
        """See `Rate.types_counted_for`."""
        if 0 < self.first_events <= event.standing.accepted_events:
            return None
        if event.membership_kind is not None and self.counts(event.membership_kind):
            kinds = ("membership", *self.memberships)
            if self.first_events:
                kinds += ("first", str(self.first_events))
            return (*kinds, "in", event.room_id) if self.each_room else kinds
        return None
