"""Filter `redaction-rate`: more redactions than the sender can have messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.event_kinds.follow_ups import FollowUp
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.pace.options import last_seconds
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.counts import SignedEvents
from countersign.policy.questions.sender_groups import Per

_TYPES: Final = ("m.room.redaction",)


@dataclass(frozen=True, kw_only=True)
class RedactionRate(Filter):
    """Refuses a sender's redactions above the number of events of theirs that were signed.

    ## Why this harms
    Redactions that redact nothing are a flood like any other: every server of the room stores each
    of them and sends it on.

    ## What it sees
    The filter compares the sender's redactions that were signed within `per_seconds`, in all rooms
    of the community, with all other events of theirs that were signed since they came. So everybody
    can take back everything that they wrote, as fast as they like. That is never limited.

    ## When it is wrong
    Somebody who wrote a lot before the rooms had this policy server may take back more events than
    it knows: let the filter apply to newcomers only. Redactions by people who may redact others'
    messages are never blocked.
    """

    name: ClassVar[str] = "redaction-rate"
    harm: ClassVar[Harm] = Harm.FLOODING
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    says: ClassVar[str] = "Please stop: these redactions take nothing back."

    spare: int = option(
        5,
        minimum=0,
        maximum=100_000,
        unit="events",
        help="How many more redactions than other events pass.",
    )
    per_seconds: int = last_seconds(86_400)

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.FOLLOW_UP

    def asks(self, event: Event) -> Iterable[SignedEvents]:
        """See `Filter.asks`."""
        if event.follow_up is FollowUp.REDACTION:
            yield SignedEvents(Per.SENDER, event.sender, _TYPES, self.per_seconds)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            redactions, accepted = facts[question], event.standing.accepted_events
            if redactions >= accepted + self.spare:
                return self.refuse(
                    f"{event.sender} had {redactions} redactions signed in {self.per_seconds} "
                    f"seconds, and {accepted} other events; this community allows {self.spare} "
                    "more",
                    value=redactions,
                    limit=accepted + self.spare,
                )
        return None
