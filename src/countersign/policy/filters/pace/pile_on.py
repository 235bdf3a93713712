"""Filter `pile-on`: many people at one person."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions import SentBefore

POINTS: Final = 2
"""Points for many who turn to one person: few, since many thank one person too."""
MAX_PEOPLE: Final = 4
"""Of how many people that an event mentions it is asked who else mentioned them."""


@dataclass(frozen=True, kw_only=True)
class PileOn(Filter):
    """Refuses mentions of somebody whom many mention at once, if there is more against them.

    ## Why this harms
    A crowd that somebody sent turns to one person, who can answer none of them and leaves.

    ## What it sees
    How many different senders mention the same person lately, answers included, since they carry a
    mention of whom they answer. Only events that this filter looks at count: with `applies_to: new`
    those of newcomers. It is a sign of 2 points, which refuses nothing alone.

    ## When it is wrong
    Many thank one person for a release, and ask one helper. So it must not decide by itself: do not
    give it `kind: rule`.
    """

    name: ClassVar[str] = "pile-on"
    harm: ClassVar[Harm] = Harm.HARASSMENT
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    expects_crowds: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please leave this person alone for a while: many turned to them just now."
    )

    senders: int = option(
        10,
        minimum=3,
        maximum=60,
        unit="senders",
        help="From so many different senders on it is a pile-on.",
    )
    per_seconds: int = option(
        3_600, minimum=60, maximum=86_400, unit="seconds", help="The time, counted back from now."
    )

    def most_points(self) -> int:
        """See `Filter.most_points`."""
        return POINTS

    def asks(self, event: Event) -> Iterable[SentBefore]:
        """See `Filter.asks`."""
        others = sorted(event.seen.mentions.user_ids - {event.sender})
        for user_id in islice(others, MAX_PEOPLE):
            yield SentBefore(f"mention {user_id}", self.per_seconds)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            senders = len(facts[question].senders | {event.sender})
            if senders >= self.senders:
                user_id = question.thing.removeprefix("mention ")
                return self.refuse(
                    f"is one of {senders} senders who mention {user_id} within "
                    f"{self.per_seconds} seconds; from {self.senders} on it is a pile-on",
                    value=senders,
                    limit=self.senders,
                    points=POINTS,
                )
        return None
