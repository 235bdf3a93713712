"""Differences between two policies, step by step and option by option."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from countersign.policy.document.globs import Globs
from countersign.policy.document.options import options_of
from countersign.policy.filters.cel.rules import Rule
from countersign.policy.filters.people.policy_list import PolicyList
from countersign.policy.judging.exemptions import Exemptions
from countersign.policy.judging.steps import EVERYONE, Step
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.policy_documents import SECTIONS, Policy
from countersign.policy.thresholds import Thresholds

MAX_ITEMS_SHOWN: Final = 5


class Kind(StrEnum):
    """Change of a step or a section."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A step or section that was added, removed, changed or moved.

    Attributes:
        kind: the change.
        name: the step's label, with `#2` for the second one of that label; or the section's key.
        details: for a changed one, the old and new value of each option, as text.
    """

    kind: Kind
    name: str
    details: tuple[str, ...] = ()


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Return the differences of `after` to `before`: sections first, then steps in order."""
    return (*_sections(before, after), *_steps(before, after))


def changes_lists(before: Policy, after: Policy) -> bool:
    """Return True if the followed policy lists changed, or the steps that use them."""
    return _list_steps(before) != _list_steps(after)


def _list_steps(policy: Policy) -> list[str]:
    steps = [each for each in policy.pipeline.steps if isinstance(each.filter, PolicyList)]
    return [repr(sorted(_values(replace(each, says=None)).items())) for each in steps]


def step_fingerprints(policy: Policy) -> dict[str, str]:
    """Return a fingerprint of each step by label; it changes when the step refuses other events.

    Steps with the same label have one fingerprint. Texts for the sender and kinds are left out.
    """
    pipeline = policy.pipeline
    common: dict[str, Any] = _exempt(pipeline.exemptions)
    common["judge_membership"] = sorted(kind.value for kind in pipeline.judge_membership)
    values_by_label: dict[str, list[str]] = {}
    for step in pipeline.steps:
        values = _values(replace(step, says=None, kind=None))
        if step.most_weight:
            values["thresholds"] = sorted(_thresholds(pipeline.thresholds).items())
        values_by_label.setdefault(step.label, []).append(repr(sorted(values.items())))
    return {
        label: sha256(repr((sorted(common.items()), each)).encode()).hexdigest()
        for label, each in values_by_label.items()
    }


def _sections(before: Policy, after: Policy) -> Iterator[Difference]:
    old, new = _sections_of(before), _sections_of(after)
    for name, values in new.items():
        details = _details(old[name], values)
        if details:
            yield Difference(kind=Kind.CHANGED, name=name, details=details)


def _sections_of(policy: Policy) -> dict[str, dict[str, Any]]:
    pipeline = policy.pipeline
    sections = {
        "thresholds": pipeline.thresholds,
        "courtesy": policy.courtesy_rules,
        "trust": policy.trust_rules,
        "raid": policy.raid_rules,
        "guard": policy.guard_rules,
    }
    return {
        "rooms": {"rooms": tuple(sorted(policy.rooms.all_names()))},
        "language": {
            "language": pipeline.languages.default,
            **{f"language of {room}": tag for room, tag in pipeline.languages.rooms.items()},
        },
        "judge_membership": {
            "judge_membership": tuple(sorted(kind.value for kind in pipeline.judge_membership))
        },
        "exempt": _exempt(pipeline.exemptions),
        "bridges": {"bridges": policy.bridges.sources},
        **{name: _options(sections[name]) for name in SECTIONS},
        "thresholds": _thresholds(pipeline.thresholds),
    }


def _thresholds(thresholds: Thresholds) -> dict[str, Any]:
    """Return the thresholds, by level of trust where the levels differ."""
    values = _options(thresholds)
    for name in tuple(values) if thresholds.by_level else ():
        by_level = {
            f"{name}.{level.value}": getattr(each, name)
            for level, each in thresholds.by_level.items()
        }
        if len(set(by_level.values())) > 1:
            values |= by_level
            del values[name]
    return values


def _steps(before: Policy, after: Policy) -> Iterator[Difference]:
    old, new = _numbered(before.pipeline.steps), _numbered(after.pipeline.steps)
    moved = _moved([name for name in old if name in new], [name for name in new if name in old])
    for name, step in new.items():
        if name not in old:
            details = _details({}, _values(step))
            yield Difference(kind=Kind.ADDED, name=name, details=details)
        elif details := _details(_values(old[name]), _values(step)):
            yield Difference(kind=Kind.CHANGED, name=name, details=details)
        elif name in moved:
            yield Difference(kind=Kind.MOVED, name=name)
    for name in old:
        if name not in new:
            yield Difference(kind=Kind.REMOVED, name=name)


def _moved(before: list[str], after: list[str]) -> set[str]:
    """Return the smallest set of names that must move to turn one order into the other."""
    places = {name: place for place, name in enumerate(before)}
    # Longest increasing subsequence: for each length, the lowest position at which one can end.
    ends: list[int] = []
    lengths: list[int] = []
    for name in after:
        length = bisect_left(ends, places[name])
        ends[length : length + 1] = [places[name]]
        lengths.append(length)
    stays, last = set(), len(ends) - 1
    for name, length in zip(reversed(after), reversed(lengths), strict=True):
        if length == last:
            stays.add(name)
            last -= 1
    return set(after) - stays


def _numbered(steps: tuple[Step, ...]) -> dict[str, Step]:
    numbered: dict[str, Step] = {}
    for step in steps:
        name, number = step.label, 1
        while name in numbered:
            number += 1
            name = f"{step.label} #{number}"
        numbered[name] = step
    return numbered


def _values(step: Step) -> dict[str, Any]:
    """Return the values of a step that differ from the defaults."""
    options: dict[str, Any]
    if isinstance(step.filter, Rule):
        options = {"when": step.filter.when.source, "harm": step.filter.kind.value}
    else:
        options = {"filter": step.filter.name, **_options(step.filter)}
    other_keys: dict[str, Any] = {"mode": step.mode.value, "on_error": step.on_error.value}
    if step.weight is not None:
        other_keys["weight"] = step.weight
    if step.kind is not None:
        other_keys["kind"] = step.kind.value
    if isinstance(step.says, str):
        other_keys["says"] = step.says
    elif step.says is not None:
        other_keys |= {f"says.{language}": text for language, text in step.says.items()}
    if step.applies_to != EVERYONE:
        other_keys["applies_to"] = tuple(each.value for each in Trust if each in step.applies_to)
    exempt = {f"exempt.{key}": value for key, value in _exempt(step.exemptions).items()}
    return options | other_keys | exempt


def _options(holder: Any) -> dict[str, Any]:
    return {each.name: getattr(holder, each.name) for each in options_of(type(holder))}


def _exempt(exemptions: Exemptions) -> dict[str, Any]:
    if not is_dataclass(exemptions):
        raise AssertionError("exemptions are a dataclass")
    values = {each.name: getattr(exemptions, each.name) for each in fields(exemptions)}
    return {key: _plain(value) for key, value in values.items() if value}


def _plain(value: Any) -> Any:
    if isinstance(value, Globs):
        return tuple(sorted(set(value.sources)))
    return value.value if isinstance(value, StrEnum) else value


def _details(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    changed = [key for key in {**after, **before} if before.get(key) != after.get(key)]
    return tuple(_detail(key, before.get(key), after.get(key)) for key in changed)


def _detail(key: str, before: Any, after: Any) -> str:
    if isinstance(before, tuple) or isinstance(after, tuple):
        old, new = before or (), after or ()
        removed = [each for each in old if each not in set(new)]
        added = [each for each in new if each not in set(old)]
        parts = [*_listed("+", added), *_listed("-", removed)]
        return f"{key}: {' '.join(parts) or 'another order'}"
    if before is None:
        return f"{key}: {_value_text(after)}"
    return f"{key}: {_value_text(before)} → {_value_text(after)}"


def _listed(sign: str, items: list[Any]) -> Iterator[str]:
    for item in items[:MAX_ITEMS_SHOWN]:
        yield f"{sign}{item!r}"
    if len(items) > MAX_ITEMS_SHOWN:
        yield f"{sign}{len(items) - MAX_ITEMS_SHOWN:,} more"


def _value_text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value.value) if isinstance(value, StrEnum) else repr(value)
