"""Rule: a filter that a policy document defines by a condition and a text for the sender."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.cel.conditions import Condition
from countersign.policy.filters.cel.indicator_variables import INDICATOR_VARIABLES
from countersign.policy.filters.cel.variables import RAID_VARIABLES, SIGNS
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.questions.question import Question

RULE_SAYS: Final = (
    "Please change this message, or ask the moderators: this community does not take it as it is."
)
_INDICATORS: Final = frozenset(variable.name for variable in INDICATOR_VARIABLES)
_RAID_AND_TRUST: Final = frozenset({*RAID_VARIABLES, "sender.trust"})
_NAMES: Final = frozenset({"sender.id", "sender.server"})


@dataclass(frozen=True, kw_only=True)
class Rule(Filter):
    """Refuses events for which a condition is true.

    Attributes:
        when: the condition.
        kind: the harm of such events.
    """

    name: ClassVar[str] = "rule"
    harm: ClassVar[Harm] = Harm.OTHER
    says: ClassVar[str] = RULE_SAYS

    when: Condition
    kind: Harm = Harm.OTHER

    def names_people(self) -> bool:
        """See `Filter.names_people`; True if the condition reads the sender's name or server."""
        return not self.when.reads.isdisjoint(_NAMES)

    def reads_indicators(self) -> bool:
        """See `Filter.reads_indicators`; True if the condition reads a variable about them."""
        return not self.when.reads.isdisjoint(_INDICATORS)

    def compares_texts(self) -> bool:
        """See `Filter.compares_texts`; True if the condition reads a raid, or trust in one."""
        return not self.when.reads.isdisjoint(_RAID_AND_TRUST)

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return self.when.aspect

    def asks(self, event: Event) -> Iterable[Question[Any]]:  # noqa: ARG002
        """See `Filter.asks`."""
        return self.when.asks()

    def _about_raid(self, facts: Facts) -> str:
        if self.when.reads.isdisjoint(RAID_VARIABLES):
            return ""
        because = facts[SIGNS].because
        return f": {because}" if because else ""

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        if not self.when.holds(event, facts):
            return None
        return Finding(
            filter=self.name,
            harm=self.kind,
            reason=f"{self.when.source} is true{self._about_raid(facts)}",
            says=self.says,
            kind=self.finding_kind,
        )
