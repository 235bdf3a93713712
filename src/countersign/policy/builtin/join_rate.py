"""Filter `join-rate`: too many joins, invitations or knocks in a short time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.mistakes import Mistake, listed, near_miss, shown
from countersign.policy.options import OptionsInvalid, option
from countersign.policy.questions import Per, SignedEvents

MEMBERSHIPS: Final = ("join", "invite", "knock")


@dataclass(frozen=True, kw_only=True)
class JoinRate(Filter):
    """Refuses memberships beyond so many in a time, of one room, server or sender, or of them all.

    ## Why this harms
    A raid begins with many joins at once, often from one server where anybody may register. Spam
    by invitation, and names that change every second, are floods of the same event.

    ## What it sees
    Membership events, and so only with `judge_membership: true`, of the kinds in `memberships`:
    `join` (which a change of name or picture is too), `invite`, `knock`. Counted are those that
    were signed, in all rooms of this policy together unless it is `per: room`.

    ## When it is wrong
    A refused join splits the room on today's homeservers: the newcomer's own server believes in it.
    Raid mode, which lets everybody in and keeps newcomers quiet, is the better answer to most
    waves; `per: sender` stops those who change their names all the time. A link to the room in the
    news brings many people at once, too.
    """

    name: ClassVar[str] = "join-rate"
    harm: ClassVar[Harm] = Harm.FLOODING
    expects_crowds: ClassVar[bool] = True
    says: ClassVar[str] = "Too many people come at once. Please try again in a few minutes."

    per: Per = option(  # noqa: RUF009 - declares a field
        Per.SERVER,
        help="Whose are counted together: one sender's, one server's, one room's, or all.",
    )
    max_events: int = option(
        20, minimum=1, maximum=1_000_000, unit="events", help="The most events in the time."
    )
    per_seconds: int = option(
        60, minimum=1, maximum=86_400, unit="seconds", help="The time, counted back from now."
    )
    memberships: tuple[str, ...] = option(
        ("join",),
        minimum=1,
        maximum=len(MEMBERSHIPS),
        unit="memberships",
        help=f"Which memberships count: {', '.join(MEMBERSHIPS)}.",
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

    def asks(self, event: Event) -> Iterable[SignedEvents]:
        """See `Filter.asks`."""
        membership = event.content.get("membership") if event.type == "m.room.member" else None
        if isinstance(membership, str) and membership in self.memberships:
            key = self.per.key_of(event)
            yield SignedEvents(self.per, key, ("membership", *self.memberships), self.per_seconds)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            signed = facts[question]
            if signed >= self.max_events:
                who = question.key or "the community"
                return self.refuse(
                    f"{who} had {signed} {listed(self.memberships)} events signed in "
                    f"{self.per_seconds} seconds; this community allows {self.max_events}",
                    value=signed,
                    limit=self.max_events,
                )
        return None
