"""Filter `mention-rate`: too many people called in a short time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.measures.aspects import Aspect
from countersign.policy.questions import PeopleCalled


@dataclass(frozen=True, kw_only=True)
class MentionRate(Filter):
    """Refuses events of a sender whose events together mention too many people in a time.

    ## Why this harms
    A sender who may not mention thirty people in one message mentions three in each of ten.

    ## What it sees
    The filter finds mentions as `mention-flood` does: `m.mentions`, pills, links and written user
    IDs. `@room` counts as `room_counts_as` people. The filter counts the different people in the
    sender's signed events, in all rooms of the community: a person who is mentioned nine times
    counts once.

    ## When it is wrong
    Bots that mention everyone on a rota, and people who welcome everybody by name. Exempt them.
    """

    name: ClassVar[str] = "mention-rate"
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    harm: ClassVar[Harm] = Harm.FLOODING
    expects_crowds: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please wait a little, and name only those you need to reach: you mentioned a lot of "
        "people in a short time."
    )

    max_users: int = option(
        30,
        minimum=1,
        maximum=100_000,
        unit="users",
        help="The most users mentioned in the time, by all of a sender's events together.",
    )
    per_seconds: int = option(
        300, minimum=1, maximum=86_400, unit="seconds", help="The time, counted back from now."
    )
    room_counts_as: int = option(
        10, minimum=0, maximum=1_000, unit="users", help="How many users `@room` counts as."
    )

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.MENTIONS

    def asks(self, event: Event) -> Iterable[PeopleCalled]:
        """See `Filter.asks`."""
        # There may be thousands of them to sort.
        return event.worked_out(self, self._questions)

    def _questions(self, event: Event) -> tuple[PeopleCalled, ...]:
        mentions = event.seen.mentions
        everybody = self.room_counts_as if mentions.is_room else 0
        people = mentions.user_ids | {f"@room {number}" for number in range(everybody)}
        if not people:
            return ()
        called = tuple(sorted(people)) if everybody else event.worked_out(_sorted, _sorted)
        return (PeopleCalled(event.sender, len(people), self.per_seconds, called),)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            called = facts[question] + question.called
            if called > self.max_users:
                return self.refuse(
                    f"calls {question.called} users, {called} within {self.per_seconds} seconds; "
                    f"this community allows {self.max_users}",
                    value=called,
                    limit=self.max_users,
                    expires_ts=event.later_ts(self.per_seconds)
                    if question.called <= self.max_users
                    else None,
                )
        return None


def _sorted(event: Event) -> tuple[str, ...]:
    return tuple(sorted(event.seen.mentions.user_ids))
