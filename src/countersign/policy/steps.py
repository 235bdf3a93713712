"""Steps of a policy: a filter with its conditions, weight and mode."""

import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial, reduce
from operator import or_
from typing import Final, NamedTuple, Protocol

from countersign.policy.events import PART_CHARS, Event
from countersign.policy.exemptions import NO_EXEMPTIONS, Exemptions
from countersign.policy.facts import Facts, FactUnavailable
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.policy.indicators.quoting import around_quotation
from countersign.policy.indicators.reading_together import StepResult, judged_together
from countersign.policy.languages.sentences import Says, in_language
from countersign.policy.measures.trust_records import Trust
from countersign.policy.thresholds import MAX_HITS_COUNTED, MAX_WEIGHT, Thresholds, weight_of_hits
from countersign.protocol.errors import CountersignError

EVERYONE: Final = frozenset(Trust)


class OnError(StrEnum):
    """Verdict on an event whose filter fails."""

    REFUSE = "refuse"
    """It is not signed for now: the server is told to try again, and nothing is remembered."""
    PASS = "pass"  # noqa: S105
    """The filter has no say this once; its failure is recorded with the decision."""


class FilterBroken(CountersignError):
    """A filter failed on an event; nothing is decided.

    Args:
        filter_name: which filter.
    """

    def __init__(self, filter_name: str) -> None:
        super().__init__(f"The filter {filter_name} failed.")
        self.filter_name = filter_name


class StepObserver(Protocol):
    """Called after each step has judged an event, to measure its time."""

    def __call__(self, step: "Step | None") -> None:
        """Take note of a step that asked or judged; of None before the first of them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A filter as a policy uses it.

    Attributes:
        filter: the filter with its options.
        name: what the policy calls this use of it; empty for the filter's own name.
        mode: what its findings do.
        says: the policy's words for the sender, in place of the filter's; one text, or one by
            language.
        on_error: what follows when it fails.
        weight: what a finding adds to the event's score, in place of refusing by itself; the most
            that it may add if the filter gives points of its own.
        kind: what its findings may be used for; None for what the filter says, or evidence if
            they have a weight.
        applies_to: the levels of trust whose events it looks at.
        exemptions: what it does not look at.
    """

    filter: Filter
    name: str = ""
    mode: Mode = Mode.ENFORCE
    says: Says | None = None
    on_error: OnError = OnError.REFUSE
    weight: int | None = None
    kind: FindingKind | None = None
    applies_to: frozenset[Trust] = EVERYONE
    exemptions: Exemptions = NO_EXEMPTIONS

    @property
    def tells_untrusted_from_new(self) -> bool:
        """True if the step looks at events of one of the two; a raid makes newcomers untrusted."""
        return (Trust.UNTRUSTED in self.applies_to) != (Trust.NEW in self.applies_to)

    @property
    def label(self) -> str:
        """The name under which moderators find it in their policy."""
        return self.name or self.filter.name

    def kind_of(self, finding: Finding) -> FindingKind:
        """Return the kind of a finding of its filter."""
        if self.kind is not None:
            return self.kind
        return finding.kind if self.weight is None else FindingKind.EVIDENCE

    def weight_of(self, finding: Finding) -> int | None:
        """Return the points of a finding of its filter; None if it decides alone."""
        if finding.points is None or self.kind_of(finding) is not FindingKind.EVIDENCE:
            return None if self.weight is None else weight_of_hits(self.weight, finding.hits)
        most = MAX_WEIGHT if self.weight is None else self.weight
        return max(0, min(finding.points, most))

    @property
    def most_weight(self) -> int:
        """The most that one finding of it can add to the score; 0 if its findings add nothing."""
        if self.kind not in (None, FindingKind.EVIDENCE):
            return 0
        points = self.filter.most_points()
        if self.weight is None:
            return min(points, MAX_WEIGHT)
        if points:
            return min(points, self.weight)
        hits = MAX_HITS_COUNTED if self.filter.counts_hits else 1
        return weight_of_hits(self.weight, hits)

    def may_warn(self, thresholds: Thresholds) -> bool:
        """Return True if a finding of it may make of the decision a warning."""
        if self.mode is Mode.WARN:
            return True
        if thresholds.warn == 0 or self.mode is not Mode.ENFORCE:
            return False
        # A filter outside this package may give points that it did not declare.
        return self.kind in (None, FindingKind.EVIDENCE)


def found_by(
    steps: Iterable[Step],
    event: Event,
    facts: Facts,
    language: str,
    watch: StepObserver | None = None,
) -> Iterator[tuple[Step, Finding]]:
    """Yield what steps find in an event, as their policy has it; most find nothing.

    Raises:
        FilterBroken: a filter failed, and its policy does not let events pass then.
    """
    for step in steps:
        try:
            finding = step.filter.judge(event, facts)
            if finding is not None and step.filter.spares_warnings:
                finding = _beside_warning(finding, step, event, facts)
            if finding is not None:
                finding = _by_policy(finding, step, language)
        except Exception as error:  # noqa: BLE001 - `_failed` raises it, or says so
            finding = _failed(step, error)
        if watch is not None:
            watch(step)
        if finding is not None:
            yield step, finding


def found_together(
    steps: Iterable[Step], event: Event, facts: Facts, language: str, watch: StepObserver | None
) -> Iterator[tuple[Step, Finding]]:
    """Yield what steps find in an event, alone or with its sender's last messages."""
    steps = list(steps)
    judges = [
        partial(_found_by_one, step, facts=facts, language=language, watch=watch) for step in steps
    ]
    by_step = [
        StepResult(judge(event), judge if step.filter.reads_together else None)
        for step, judge in zip(steps, judges, strict=True)
    ]
    for step, finding in zip(steps, judged_together(by_step, event), strict=True):
        if finding is not None:
            yield step, finding


def _found_by_one(
    step: Step, event: Event, facts: Facts, language: str, watch: StepObserver | None
) -> Finding | None:
    return next((found for _, found in found_by((step,), event, facts, language, watch)), None)


def _failed(step: Step, error: Exception) -> Finding:
    """Return the finding for a failed filter, if its policy accepts events then."""
    if step.on_error is OnError.REFUSE:
        raise FilterBroken(step.label) from error
    what = str(error) if isinstance(error, FactUnavailable) else type(error).__name__
    return Finding(
        filter=step.filter.name,
        harm=Harm.NONE,
        reason=f"failed with {what}; the policy lets events pass then",
        says="",
        mode=Mode.SHADOW,
        step=step.name,
    )


def _beside_warning(finding: Finding, step: Step, event: Event, facts: Facts) -> Finding | None:
    """Return what is found without a quotation that the sender warns of, if it is evidence."""
    if step.kind_of(finding) is not FindingKind.EVIDENCE:
        return finding
    around = around_quotation(event)
    return finding if around is None else step.filter.judge(around, facts)


def _by_policy(finding: Finding, step: Step, language: str) -> Finding:
    """Return a finding with the overrides of the policy's step."""
    return replace(
        finding,
        mode=step.mode,
        says=in_language(step.says or finding.says, language),
        step=step.name,
        weight=step.weight_of(finding),
        kind=step.kind_of(finding),
    )


class SelectedSteps(NamedTuple):
    """Steps that look at an event, in their order, and those of them that may ask something."""

    steps: tuple[Step, ...]
    asking: tuple[Step, ...]
    are_exempting: bool
    """True if one of them exempts somebody."""

    def without_exempting(self, event: Event) -> "SelectedSteps":
        """Return the same without the steps that exempt an event's sender."""
        return self._replace(
            steps=tuple([step for step in self.steps if not step.exemptions.cover(event)]),
            asking=tuple([step for step in self.asking if not step.exemptions.cover(event)]),
        )


class StepsByAspect:
    """Steps of one level of trust, by the aspects that their filters are about.

    Args:
        steps: in their order.

    Attributes:
        steps: all of them.
        asking: those whose filters may ask something.
    """

    __slots__ = ("_about", "_kept", "_most_bytes", "_wanted", "asking", "steps")

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps: Final = tuple(steps)
        self.asking: Final = tuple(filter(_may_ask, self.steps))
        self._about = tuple(map(_about, self.steps))
        self._wanted = reduce(or_, self._about, 0)
        self._kept: dict[int, SelectedSteps] = {}
        self._most_bytes = min(map(_most_bytes, self.steps), default=sys.maxsize)

    def limit_reading(self, event: Event, dropped: Collection[str]) -> None:
        """Have only the beginning read of an event that a step not in `dropped` finds too large.

        So the time that judging takes does not grow further, whatever the event holds.
        """
        if event.size_bytes <= self._most_bytes or event.follow_up is not None:
            return
        in_force = (step for step in self.steps if step.label not in dropped)
        if event.size_bytes > min(map(_most_bytes, in_force), default=sys.maxsize):
            event.read_in_part()

    def of(self, event: Event) -> SelectedSteps:
        """Return the steps that look at an event, without those that exempt it."""
        has: int = event.worked_out(self, self._aspects_of)
        if (chosen := self._kept.get(has)) is None:
            # Bounded: there are no more than the combinations of aspects.
            chosen = self._kept[has] = self._with(has)
        return chosen.without_exempting(event) if chosen.are_exempting else chosen

    def _aspects_of(self, event: Event) -> int:
        return event.aspects(self._wanted)

    def _with(self, has: int) -> SelectedSteps:
        steps = tuple(
            step
            for step, about in zip(self.steps, self._about, strict=True)
            if about == 0 or about & has
        )
        are_exempting = any(step.exemptions is not NO_EXEMPTIONS for step in steps)
        return SelectedSteps(steps, tuple(filter(_may_ask, steps)), are_exempting)


def _most_bytes(step: Step) -> int:
    most = step.filter.most_bytes()
    is_sure = step.mode is Mode.ENFORCE and step.weight is None and step.exemptions is NO_EXEMPTIONS
    # A smaller event is read in full: nobody can refuse a crowd by such a limit.
    return most if most is not None and most >= PART_CHARS and is_sure else sys.maxsize


def _may_ask(step: Step) -> bool:
    return type(step.filter).asks is not Filter.asks


def _about(step: Step) -> int:
    """Return the aspects that a step is about, as flags; 0 if it looks at every event."""
    # Messages that are read as one may have others than the last of them.
    about = None if step.filter.reads_together else step.filter.about()
    return 0 if about is None else about.value
