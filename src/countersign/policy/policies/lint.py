"""Lint: warnings about parts of a valid policy that are hardly intended."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.filters.pace.join_rate import JoinRate
from countersign.policy.findings import Mode
from countersign.policy.judging.pipeline import Pipeline
from countersign.policy.judging.steps import Step
from countersign.policy.languages.catalogues import CATALOGUES, catalogue_of
from countersign.policy.languages.tags import ENGLISH, LANGUAGE_NAMES, lookup
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.policy_documents import Policy
from countersign.policy.thresholds import LEVELS, Thresholds


def lint_policy(policy: Policy) -> tuple[str, ...]:
    """Return a sentence for each part of `policy` that has no effect or is given twice."""
    return (
        *policy.remarks,
        *_about_thresholds(policy.pipeline),
        *_about_steps(policy.pipeline),
        *_about_twins(policy.pipeline.steps),
        *_about_languages(policy.pipeline),
    )


def _about_thresholds(pipeline: Pipeline) -> Iterator[str]:
    thresholds = pipeline.thresholds
    weighs = any(step.most_weight for step in pipeline.steps)
    if thresholds.warn and not weighs:
        yield f"thresholds.warn is {thresholds.warn}, and nothing has a weight: it never warns."
    if not weighs:
        return
    warnings: dict[str, None] = {}
    for level in LEVELS if thresholds.by_level else (None,):
        warnings |= dict.fromkeys(_about_level(pipeline, level))
    yield from warnings
    yield from _about_order(thresholds)
    yield from _about_lone_weights(pipeline)


def _about_level(pipeline: Pipeline, level: Trust | None) -> Iterator[str]:
    thresholds = pipeline.thresholds.of(level)
    steps = [step for step in pipeline.steps if level is None or level in step.applies_to]
    at, whose = (f".{level.value}", f" for {level.value}") if level else ("", "")
    enforced = _weight(steps, (Mode.ENFORCE,))
    if enforced and enforced < thresholds.refuse:
        yield (
            f"thresholds.refuse{at} is {thresholds.refuse}, and all weights that are enforced"
            f"{whose} add up to {enforced} at most: weights never refuse."
        )
    all_weights = _weight(steps, (Mode.ENFORCE, Mode.WARN))
    if not thresholds.warn or not all_weights:
        return
    if all_weights < thresholds.warn:
        yield (
            f"thresholds.warn{at} is {thresholds.warn}, and all weights{whose} add up to "
            f"{all_weights} at most: weights never warn."
        )
    elif thresholds.warn >= thresholds.refuse:
        yield (
            f"thresholds.warn{at} ({thresholds.warn}) is not below thresholds.refuse{at} "
            f"({thresholds.refuse}): weights refuse before they warn."
        )


def _weight(steps: Iterable[Step], modes: tuple[Mode, ...]) -> int:
    return sum(step.most_weight for step in steps if step.mode in modes)


def _about_order(thresholds: Thresholds) -> Iterator[str]:
    """Yield warnings about levels of trust with a lower threshold than a less trusted level."""
    for less, more in pairwise(thresholds.by_level):
        low, high = thresholds.of(less).refuse, thresholds.of(more).refuse
        if low > high:
            yield (
                f"thresholds.refuse.{less.value} ({low}) is above thresholds.refuse.{more.value} "
                f"({high}): those who are trusted less may do more."
            )


def _about_lone_weights(pipeline: Pipeline) -> Iterator[str]:
    """Yield warnings about steps whose weight alone reaches every threshold."""
    for step in pipeline.steps:
        if step.weight is None or step.mode is not Mode.ENFORCE or step.filter.most_points():
            continue
        levels = [level for level in LEVELS if level in step.applies_to]
        refuse = max((pipeline.thresholds.of(level).refuse for level in levels), default=0)
        if 0 < refuse < step.weight:
            yield (
                f"{step.label} has weight {step.weight}, more than thresholds.refuse ({refuse}): "
                "it refuses without any other step, as it would with no weight."
            )


def _about_steps(pipeline: Pipeline) -> Iterator[str]:
    for step in pipeline.steps:
        levels = step.applies_to - {Trust.BANNED}
        spared = _spared(step, pipeline)
        if not levels:
            yield f"{step.label} applies to the banned alone, of whom nothing is signed anyway."
        elif levels <= spared:
            names = ", ".join(level.value for level in Trust if level in levels)
            yield f"{step.label} never applies: those it is for ({names}) are exempt."
        if isinstance(step.filter, JoinRate):
            counted, judged = step.filter.memberships, pipeline.judge_membership
            if MembershipKind.OTHER not in judged and not any(map(step.filter.counts, judged)):
                yield (
                    f"{step.label} never applies: the policy judges no membership that it counts "
                    f"({', '.join(counted)}); judge_membership says which are judged."
                )


def _spared(step: Step, pipeline: Pipeline) -> frozenset[Trust]:
    exempt = (pipeline.exemptions.trust, step.exemptions.trust)
    ranks = [level.rank for level in exempt if level is not None]
    return frozenset(level for level in Trust if ranks and level.rank >= min(ranks))


def _about_twins(steps: tuple[Step, ...]) -> Iterator[str]:
    earlier: list[Step] = []
    for step in steps:
        twin = next((each for each in earlier if _does_the_same(each, step)), None)
        if twin is not None:
            yield f"{step.label} stands there twice with the same options: {twin.label} is enough."
        earlier.append(step)
    for label, count in Counter(step.label for step in steps).items():
        if count > 1:
            yield (
                f"{count} steps are called {label}: explanations, statistics and the runaway guard "
                "cannot tell them apart. Give each a name."
            )


def _about_languages(pipeline: Pipeline) -> Iterator[str]:
    for language in pipeline.languages.all():
        if catalogue_of(language) is None:
            name = LANGUAGE_NAMES.get(language.partition("-")[0])
            called = f"{language} ({name})" if name else language
            yield (
                f"There is no catalogue for {called}, only for {', '.join(CATALOGUES)}: senders "
                f"read English where a step has no says of its own with {language} in it."
            )
        for step in pipeline.steps:
            says = step.says
            if isinstance(says, Mapping) and not says.keys() & {*lookup(language), ENGLISH}:
                first = next(iter(says))
                yield (
                    f"{step.label} has no says for {language} and none for {ENGLISH}: where "
                    f"{language} is read it speaks {first}."
                )


def _does_the_same(first: Step, second: Step) -> bool:
    return (
        first.filter == second.filter
        and first.mode is second.mode
        and first.weight == second.weight
        and first.applies_to == second.applies_to
        and first.exemptions == second.exemptions
    )
