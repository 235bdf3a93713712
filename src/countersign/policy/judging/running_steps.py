"""Running the steps of a policy on one event, and their failures."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Protocol

from countersign.policy.events import Event
from countersign.policy.facts import Facts, FactUnavailable
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.policy.judging.reading_together import StepResult, judged_together
from countersign.policy.judging.steps import OnError, Step
from countersign.policy.languages.sentences import in_language
from countersign.policy.message_traits.warned_links import beside_warning
from countersign.protocol.errors import CountersignError


class FilterBroken(CountersignError):
    """A filter failed on an event; nothing is decided.

    Args:
        filter_name: which filter.
    """

    def __init__(self, filter_name: str) -> None:
        super().__init__(f"The filter {filter_name} failed.")
        self.filter_name = filter_name


class StepObserver(Protocol):
    """Callback after each step, to measure its time."""

    def __call__(self, step: "Step | None") -> None:
        """Note that a step has asked or judged; None before the first step."""
        ...


def run_steps(
    steps: Iterable[Step],
    event: Event,
    facts: Facts,
    language: str,
    watch: StepObserver | None = None,
) -> Iterator[tuple[Step, Finding]]:
    """Yield the findings of steps on an event, with the overrides of the policy.

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


def run_steps_together(
    steps: Iterable[Step], event: Event, facts: Facts, language: str, watch: StepObserver | None
) -> Iterator[tuple[Step, Finding]]:
    """Yield the findings of steps on an event alone or with its sender's last short messages."""
    steps = list(steps)
    judges = [
        partial(_run_step, step, facts=facts, language=language, watch=watch) for step in steps
    ]
    by_step = [
        StepResult(judge(event), judge if step.filter.reads_together else None)
        for step, judge in zip(steps, judges, strict=True)
    ]
    for step, finding in zip(steps, judged_together(by_step, event), strict=True):
        if finding is not None:
            yield step, finding


def _run_step(
    step: Step, event: Event, facts: Facts, language: str, watch: StepObserver | None
) -> Finding | None:
    return next((finding for _, finding in run_steps((step,), event, facts, language, watch)), None)


def _failed(step: Step, error: Exception) -> Finding:
    """Return the finding for a failed filter; raise if the step refuses events then."""
    if step.on_error is OnError.REFUSE:
        raise FilterBroken(step.label) from error
    message = str(error) if isinstance(error, FactUnavailable) else type(error).__name__
    return Finding(
        filter=step.filter.name,
        harm=Harm.NONE,
        reason=f"failed with {message}; the policy lets events pass then",
        says="",
        mode=Mode.SHADOW,
        step=step.name,
    )


def _beside_warning(finding: Finding, step: Step, event: Event, facts: Facts) -> Finding | None:
    """Return the finding outside of a quotation that the sender warns of, if it is evidence."""
    if step.kind_of(finding) is not FindingKind.EVIDENCE:
        return finding
    around = beside_warning(event, facts)
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
