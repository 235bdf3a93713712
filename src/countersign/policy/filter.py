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
    """Judges events for one kind of harm.

    A subclass is a frozen dataclass whose fields are declared with `option()`. Its docstring is
    its manual page, under the headings *Why this harms*, *What it sees* and *When it is wrong*.
    It may raise `OptionsInvalid` in `__post_init__`, and nothing anywhere else: a peer writes the
    event, so whatever that holds must be judged.

    Attributes:
        name: the kebab-case of the class's name; never reused for another filter.
        harm: what the events it refuses would do.
        says: what the sender is told if the policy has no words of its own; friendly, and never
            the limit nor the word that was found.
        finding_kind: the kind of its findings, unless it gives one of them another.
        expects_crowds: whether it is made to refuse many people at once, as a rate is, so that
            doing so is no sign that it has gone wrong.
        counts_hits: whether a finding of it may hold more than one hit.
        reads_together: whether it also judges the last short messages of the same sender as one.
        follows_evidence: whether its findings of the kind `courtesy` follow from evidence against
            the sender, so that they hold for follow-ups too.
        spares_warnings: whether its evidence is only what stands around a quotation that the sender
            warns of or asks about.
        withdrawn: options that it does not take any more, with what to write in their place.
    """

    name: ClassVar[str]
    harm: ClassVar[Harm]
    says: ClassVar[str]
    finding_kind: ClassVar[FindingKind] = FindingKind.RULE
    expects_crowds: ClassVar[bool] = False
    reads_together: ClassVar[bool] = False
    follows_evidence: ClassVar[bool] = False
    counts_hits: ClassVar[bool] = False
    spares_warnings: ClassVar[bool] = False
    withdrawn: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def names_people(self) -> bool:
        """Return True if it refuses people whom moderators or policy lists named.

        What moderators decided about persons is theirs to undo: the runaway guard never drops it.
        """
        return False

    def reads_indicators(self) -> bool:
        """Return True if it asks about links, contacts and wallets (`IndicatorsSeen`).

        What members post and what is bad is learned only where a filter of the policy does.
        """
        return False

    def compares_texts(self) -> bool:
        """Return True if it compares what different people say, as in a wave or a raid.

        What trusted people say is remembered only where a filter of the policy does.
        """
        return False

    def most_points(self) -> int:
        """Return the most points that a finding of it carries; 0 if its findings carry none."""
        return 0

    def about(self) -> Aspect | None:
        """Return the aspects that its findings need; None, as by default, if it looks at all.

        It neither asks nor finds anything in an event that has none of them, and is not called for
        one. The answer depends on the filter's options alone.
        """
        return None

    def most_bytes(self) -> int | None:
        """Return the size above which it refuses every event but follow-ups; None for no limit."""
        return None

    def asks(self, event: Event) -> Iterable[Question[Any]]:  # noqa: ARG002
        """Return what must be known to judge `event`; `judge` finds the answers in its facts."""
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
            reason: for moderators: what was found, and the limit.
            value: what was measured, if it is one number or one word.
            limit: what is allowed, if it is one number.
            kind: what the finding may be used for; None for `finding_kind`.
            points: what this evidence is worth; None if the policy's weight says so. A filter that
                gives points says in `most_points` how many.
            hits: how many different things were found; more than one only if `counts_hits`.
            expires_ts: from when on the same passes, in ms since the epoch, of a limit that ends by
                itself; the sender is told of it if nothing but courtesy refuses the event.
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
