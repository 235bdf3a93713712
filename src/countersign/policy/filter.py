"""The base class of all filters, built in or from other packages."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.findings import Finding, FindingKind, Measured
from countersign.policy.harms import Harm
from countersign.policy.questions.question import Question


@dataclass(frozen=True, kw_only=True)
class Filter(ABC):
    """Judge of events for one kind of harm.

    A subclass is a frozen dataclass whose fields are declared with `option()`. Its docstring is its
    manual page, under the headings *Why this harms*, *What it sees* and *When it is wrong*. It may
    raise `OptionsInvalid` in `__post_init__`, and no other error anywhere: every event that a peer
    can send must be judged.

    Attributes:
        name: the kebab-case of the class's name; never reused for another filter.
        harm: the harm of the events that it refuses.
        says: text for the sender unless the policy has its own; friendly, and without the limit or
            the word that was found.
        finding_kind: the kind of its findings, unless `refuse` is given another.
        expects_crowds: True if it is made to refuse many people at once, as a rate is; the runaway
            guard then counts trusted people only.
        counts_hits: True if its findings may have more than one hit.
        finds_likeness: True if its findings follow only from likeness to other messages.
        reads_together: True if it also judges the sender's last short messages joined to one.
        follows_evidence: True if its findings of the kind `courtesy` follow from evidence against
            the sender, so that they refuse follow-ups too.
        spares_warnings: True if a quotation that the sender warns of or asks about is no evidence
            for it.
        withdrawn: options that were removed, with their replacements.
    """

    name: ClassVar[str]
    harm: ClassVar[Harm]
    says: ClassVar[str]
    finding_kind: ClassVar[FindingKind] = FindingKind.RULE
    expects_crowds: ClassVar[bool] = False
    finds_likeness: ClassVar[bool] = False
    reads_together: ClassVar[bool] = False
    follows_evidence: ClassVar[bool] = False
    counts_hits: ClassVar[bool] = False
    spares_warnings: ClassVar[bool] = False
    withdrawn: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def names_people(self) -> bool:
        """Return True if it refuses people whom moderators or policy lists named.

        The runaway guard never drops such a step: only moderators undo decisions on persons.
        """
        return False

    def reads_indicators(self) -> bool:
        """Return True if it asks about links, contacts and wallets (`IndicatorsSeen`).

        Without such a filter in the policy, the community learns no indicators.
        """
        return False

    def compares_texts(self) -> bool:
        """Return True if it compares the texts of different people, as in a wave or a raid.

        Without such a filter in the policy, the texts of trusted people are not remembered.
        """
        return False

    def counts_others(self) -> bool:
        """Return True if a finding may follow from what others did, as with a shared rate.

        Refusals by such a step are not held against their senders.
        """
        return False

    def most_points(self) -> int:
        """Return the most points that a finding of it carries; 0 if its findings carry none."""
        return 0

    def about(self) -> Aspect | None:
        """Return the aspects that an event needs for a finding; None, the default, for all events.

        The filter is not called for events without any of them. The result depends on the filter's
        options alone.
        """
        return None

    def most_bytes(self) -> int | None:
        """Return the size in bytes above which it refuses all but follow-ups; None for no limit."""
        return None

    def asks(self, event: Event) -> Iterable[Question[Any]]:  # noqa: ARG002
        """Return the questions whose answers `judge` needs; it finds them in its facts."""
        return ()

    @abstractmethod
    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """Return the finding against `event`, if there is one."""

    def refuse(
        self,
        reason: str,
        *,
        value: Measured = None,
        limit: Measured = None,
        kind: FindingKind | None = None,
        points: int | None = None,
        hits: int = 1,
        expires_ts: int | None = None,
    ) -> Finding:
        """Return this filter's finding.

        Args:
            reason: the finding and the limit, for moderators.
            value: the measured number or word, if there is one.
            limit: the allowed number, if there is one.
            kind: the kind of the finding; None for `finding_kind`.
            points: the weight of this evidence; None for the weight in the policy. A filter that
                gives points returns their maximum in `most_points`.
            hits: the number of different hits; more than one only if `counts_hits`.
            expires_ts: end of a limit that ends by itself, in ms since the epoch; the sender is
                told of it if only findings of courtesy refuse the event.
        """
        return Finding(
            filter=self.name,
            harm=self.harm,
            reason=reason,
            says=self.says,
            value=value,
            limit=limit,
            kind=kind or self.finding_kind,
            points=points,
            hits=hits,
            expires_ts=expires_ts,
        )
