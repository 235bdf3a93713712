"""Registry of the filters, by the names that policies use."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from countersign.policy.filter import Filter
from countersign.policy.filters.cel.rules import Rule
from countersign.policy.filters.external.ai_moderation import AiModeration
from countersign.policy.filters.external.http_check import HttpCheck
from countersign.policy.filters.form.clock_drift import ClockDrift
from countersign.policy.filters.form.depth import Depth
from countersign.policy.filters.form.encryption import Encryption
from countersign.policy.filters.form.event_size import EventSize
from countersign.policy.filters.form.event_type import EventType
from countersign.policy.filters.form.media_kind import MediaKind
from countersign.policy.filters.form.shape import Shape
from countersign.policy.filters.form.sticky_event import StickyEvent
from countersign.policy.filters.pace.event_rate import EventRate
from countersign.policy.filters.pace.group_flood import GroupFlood
from countersign.policy.filters.pace.join_rate import JoinRate
from countersign.policy.filters.pace.mention_flood import MentionFlood
from countersign.policy.filters.pace.mention_rate import MentionRate
from countersign.policy.filters.pace.pile_on import PileOn
from countersign.policy.filters.pace.random_letters import RandomLetters
from countersign.policy.filters.pace.redaction_rate import RedactionRate
from countersign.policy.filters.pace.slow_mode import SlowMode
from countersign.policy.filters.pace.wave import Wave
from countersign.policy.filters.people.display_name import DisplayName
from countersign.policy.filters.people.impersonation import Impersonation
from countersign.policy.filters.people.policy_list import PolicyList
from countersign.policy.filters.people.reaction import Reaction
from countersign.policy.filters.people.silence import Silence
from countersign.policy.filters.people.turned_account import TurnedAccount
from countersign.policy.filters.people.user_id import UserId
from countersign.policy.filters.text.bare_mentions import BareMentions
from countersign.policy.filters.text.hidden_characters import HiddenCharacters
from countersign.policy.filters.text.indicator import Indicator
from countersign.policy.filters.text.inline_image import InlineImage
from countersign.policy.filters.text.keyword import Keyword
from countersign.policy.filters.text.link import Link
from countersign.policy.filters.text.look_alike import LookAlike
from countersign.policy.filters.text.offer import Offer
from countersign.policy.filters.text.script import Script
from countersign.policy.filters.text.text_layout import TextLayout
from countersign.policy.filters.text.text_model import TextModel
from countersign.policy.judging.pipeline import CUT, TRUST
from countersign.protocol.errors import CountersignError

# Keys beside a filter's name in a policy.
BESIDE_A_FILTER: Final = (
    "name", "says", "mode", "weight", "kind", "applies_to", "exempt", "on_error",
)  # fmt: skip
# Names of findings that no filter of the registry makes, in decisions and tests.
RESERVED_NAMES: Final = frozenset({*BESIDE_A_FILTER, CUT, TRUST, Rule.name})


class RegistryInvalid(CountersignError):
    """Two filters have the same name, or a filter has a reserved name."""


class Registry(Mapping[str, type[Filter]]):
    """The filters that policies may use, by name.

    Args:
        filters: the filters by name.
        unusable: installed filters that cannot be used, by name, with the reason, which is shown
            for a policy that names one.
    """

    def __init__(
        self,
        filters: Mapping[str, type[Filter]],
        unusable: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._filters = MappingProxyType(dict(filters))
        self.unusable: Final = MappingProxyType(dict(unusable))

    def __getitem__(self, name: str) -> type[Filter]:
        return self._filters[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._filters)

    def __len__(self) -> int:
        return len(self._filters)


def make_registry(
    classes: Iterable[type[Filter]], unusable: Mapping[str, str] = MappingProxyType({})
) -> Registry:
    """Return `classes` by name.

    Args:
        classes: the filters.
        unusable: see `Registry`.

    Raises:
        RegistryInvalid: a name is reserved, or two filters have it.
    """
    registry: dict[str, Any] = {}
    for filter_class in classes:
        name = filter_class.name
        if name in RESERVED_NAMES:
            raise RegistryInvalid(
                f"{filter_class.__qualname__}: the name {name} is reserved. Give the filter another"
                " one."
            )
        if (twin := registry.setdefault(name, filter_class)) is not filter_class:
            raise RegistryInvalid(
                f"{name} is the name of both {twin.__module__}.{twin.__qualname__} "
                f"and {filter_class.__module__}.{filter_class.__qualname__}."
            )
    return Registry(registry, unusable)


BUILTIN_FILTERS: Final = make_registry(
    (
        ClockDrift,
        Depth,
        DisplayName,
        Encryption,
        EventRate,
        GroupFlood,
        SlowMode,
        EventSize,
        EventType,
        HiddenCharacters,
        Indicator,
        InlineImage,
        Keyword,
        Link,
        LookAlike,
        MediaKind,
        MentionFlood,
        RandomLetters,
        Offer,
        Reaction,
        RedactionRate,
        PileOn,
        BareMentions,
        Script,
        Shape,
        StickyEvent,
        TextLayout,
        TurnedAccount,
        TextModel,
        UserId,
        Wave,
        Silence,
        MentionRate,
        JoinRate,
        Impersonation,
        PolicyList,
        HttpCheck,
        AiModeration,
    )
)
