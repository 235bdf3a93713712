"""The section `thresholds` of a policy document: a number, or one for each level of trust."""

from collections.abc import Mapping
from typing import Any, Final

from countersign.policy.document.mistakes import listed, near_miss, shown
from countersign.policy.document.options import (
    Option,
    OptionsInvalid,
    options_of,
    read_options,
)
from countersign.policy.document.value_parser import ValueParser
from countersign.policy.measures.trust_records import Trust
from countersign.policy.thresholds import LEVELS, Thresholds

SECTION: Final = "thresholds"
LOWEST: Final = LEVELS[0]


def read_thresholds(parser: ValueParser, value: object) -> Thresholds:
    """Read the value of `thresholds`, with a preset's values for missing ones."""
    if not isinstance(value, dict):
        return parser.section(Thresholds, value, (SECTION,))
    by_name = {each.name: each for each in options_of(Thresholds)}
    maps = {
        key: _levels(parser, number, by_name[key])
        for key, number in value.items()
        if key in by_name and isinstance(number, dict)
    }
    numbers = {key: number for key, number in value.items() if key not in maps}
    flat = parser.section(Thresholds, numbers, (SECTION,))
    return Thresholds.by_trust(
        warn=maps.get("warn", flat.warn), refuse=maps.get("refuse", flat.refuse)
    )


def joined_thresholds(preset: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a preset's section with the document's changes, by key and level."""
    return {**preset, **{key: _joined(preset.get(key), value) for key, value in own.items()}}


def _joined(preset: object, own: object) -> object:
    if preset is None or not isinstance(own, dict):
        return own
    before = preset if isinstance(preset, dict) else {LOWEST.value: preset}
    return {**before, **own}


def _levels(parser: ValueParser, value: dict[Any, Any], declared: Option) -> dict[Trust, int]:
    """Return the valid numbers by level."""
    names = [level.value for level in LEVELS]
    path = (SECTION, declared.name)
    if not value:
        parser.reject(path, "no level", f"a number, or one for each of {listed(names)}")
    levels: dict[Trust, int] = {}
    for name, number in value.items():
        if name not in names:
            parser.reject((*path, name), "an unknown level", listed(names), near_miss(name, names))
            continue
        try:
            levels[Trust(name)] = read_options(Thresholds, {declared.name: number})[declared.name]
        except OptionsInvalid:
            parser.reject((*path, name), shown(number), declared.allowed)
    return levels
