"""Filter `event-rate`: too many events in a short time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters import Filter
from countersign.policy.findings import Finding
from countersign.policy.globs import Globs
from countersign.policy.harms import Harm
from countersign.policy.options import option
from countersign.policy.questions import Per, SignedEvents


@dataclass(frozen=True, kw_only=True)
class EventRate(Filter):
    """Refuses events beyond so many in a time, of one sender, server or room, or of them all.

    ## Why this harms
    A flood makes a room unreadable, and carries everything else that spam carries. It spreads over
    rooms: the same account, or many accounts of one server, write everywhere at once.

    ## What it sees
    How many events were signed lately, in all rooms of this policy together. Refused events use
    nothing up, so waiting always helps, and trying again does not make it worse. Exits (leaves,
    kicks, bans and such), events of exempt people, and membership events unless the policy judges
    them, are not counted. With `types`, only events of these types are counted and refused.

    ## When it is wrong
    Bridges and bots write for many people: exempt them. A lively evening of one room is easily
    taken for a flood with `per: room`, and a big public homeserver with `per: server`; begin with
    `mode: shadow` there. A server started anew has forgotten what it counted.
    """

    name: ClassVar[str] = "event-rate"
    harm: ClassVar[Harm] = Harm.FLOODING
    expects_crowds: ClassVar[bool] = True
    says: ClassVar[str] = "That was a lot in a short time. Please wait a little and send it again."

    per: Per = option(  # noqa: RUF009 - declares a field
        Per.SENDER,
        help="Whose events are counted together: one sender's, one server's, one room's, or all.",
    )
    max_events: int = option(
        30, minimum=1, maximum=1_000_000, unit="events", help="The most events in the time."
    )
    per_seconds: int = option(
        60, minimum=1, maximum=86_400, unit="seconds", help="The time, counted back from now."
    )
    types: tuple[str, ...] = option(
        (),
        maximum=100,
        unit="globs",
        help="Which event types are counted, such as `m.room.message` or `m.*`; empty for all.",
    )
    _types: Globs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_types", Globs(self.types))

    def asks(self, event: Event) -> Iterable[SignedEvents]:
        """See `Filter.asks`."""
        if not self.types or self._types.match(event.type):
            yield self._question(event)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            signed = facts[question]
            if signed >= self.max_events:
                who = question.key or "the community"
                return self.refuse(
                    f"{who} had {signed} events signed in {self.per_seconds} seconds; "
                    f"this community allows {self.max_events} per {self.per}",
                    value=signed,
                    limit=self.max_events,
                )
        return None

    def _question(self, event: Event) -> SignedEvents:
        return SignedEvents(self.per, self.per.key_of(event), self.types, self.per_seconds)
