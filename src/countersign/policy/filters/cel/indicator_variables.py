"""Variables about the links, contacts and wallets of an event."""

from collections.abc import Callable
from typing import Any, Final

from countersign.policy.filters.cel.extents import SCALAR, Extent
from countersign.policy.filters.cel.variable import STRINGS, Type, Variable, list_of
from countersign.policy.questions.indicators import IndicatorFacts, IndicatorsSeen

MAX_KIND_CHARS: Final = 16
_INDICATORS: Final = IndicatorsSeen(per_seconds=86_400)


def _about_indicators(
    name: str,
    kind: Any,
    about: str,
    value: Callable[[tuple[IndicatorFacts, ...]], Any],
    extent: Extent = SCALAR,
) -> Variable:
    return Variable(
        name=name,
        type=kind,
        help=about,
        value=lambda _, facts: value(facts[_INDICATORS]),
        extent=extent,
        question=_INDICATORS,
    )


INDICATOR_VARIABLES: Final = (
    _about_indicators(
        "indicators.kinds",
        STRINGS,
        "The kind of each link, contact and wallet in it: `wallet`, `handle`, `phone`, "
        "`invitation`, `mail`, `link`, `domain`.",
        lambda seen: [each.indicator.kind.value for each in seen],
        list_of(MAX_KIND_CHARS),
    ),
    _about_indicators(
        "indicators.newcomers",
        Type.INT,
        "Number of newcomers who sent one of them in the day before; the largest number.",
        lambda seen: max((len(each.senders) for each in seen), default=0),
    ),
    _about_indicators(
        "indicators.rooms",
        Type.INT,
        "Number of rooms to which newcomers sent one of them in the day before; the largest "
        "number.",
        lambda seen: max((len(each.rooms) for each in seen), default=0),
    ),
    _about_indicators(
        "indicators.posted_days",
        Type.INT,
        "Number of days since a member first posted one of them; the largest number; -1 if no "
        "member ever did.",
        lambda seen: max((each.posted_days for each in seen), default=-1),
    ),
    _about_indicators(
        "indicators.vouched",
        Type.INT,
        "Number of them that other members vouch for.",
        lambda seen: sum(each.is_vouched for each in seen),
    ),
    _about_indicators(
        "indicators.unknown",
        Type.INT,
        "Number of them, and of their domains, that no member ever posted.",
        lambda seen: sum(not each.is_known for each in seen),
    ),
    _about_indicators(
        "indicators.bad",
        Type.INT,
        "Number of them that are bad: refused or redacted before, or named by a moderator.",
        lambda seen: sum(each.bad is not None for each in seen),
    ),
)
