"""Reading of policy documents into policies; all mistakes are listed at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from countersign.policy.bridges import NO_BRIDGES, Bridges, read_bridges
from countersign.policy.document.documents import DocumentInvalid
from countersign.policy.document.formats import read_document
from countersign.policy.document.mistakes import Mistake, MistakesFound, listed, near_miss, shown
from countersign.policy.document.value_parser import ValueParser
from countersign.policy.event_kinds.follow_ups import DEFAULT_COURTESY_RULES, CourtesyRules
from countersign.policy.event_kinds.memberships import ALL_KINDS, MembershipKind
from countersign.policy.judging.pipeline import Pipeline
from countersign.policy.languages.catalogues import translated
from countersign.policy.languages.choices import RoomLanguages, read_languages
from countersign.policy.languages.sentences import REFUSED
from countersign.policy.measures.raid_mode import DEFAULT_RAID_RULES, RaidRules
from countersign.policy.measures.runaway_guard import DEFAULT_GUARD_RULES, GuardRules
from countersign.policy.measures.trust import DEFAULT_TRUST_RULES, TrustRules
from countersign.policy.policies.cases import Case
from countersign.policy.policies.filter_registry import Registry
from countersign.policy.policies.item_reading import A_LIST_OF_FILTERS, Item, ItemReader, merged
from countersign.policy.policies.policy_items import StepBuilder, read_exemptions
from countersign.policy.policies.policy_tests import read_cases
from countersign.policy.policies.room_selections import (
    ALL_OTHER_ROOMS,
    RoomSelection,
    read_room_selection,
)
from countersign.policy.policies.threshold_reading import joined_thresholds, read_thresholds
from countersign.policy.text_model.shipped import shipped_digest
from countersign.policy.thresholds import Thresholds

MAX_PRESETS_ABOVE: Final = 8

SECTIONS: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {
        "thresholds": Thresholds,
        "courtesy": CourtesyRules,
        "trust": TrustRules,
        "raid": RaidRules,
        "guard": GuardRules,
    }
)
TOP_LEVEL: Final = (
    "preset", "rooms", "language", "filters", "rules", "judge_membership", "exempt", "bridges",
    *SECTIONS, "tests",
)  # fmt: skip
_REVISION_CHARS: Final = 12
NO_PRESETS: Final[Mapping[str, bytes]] = MappingProxyType({})


class PolicyInvalid(MistakesFound):
    """A policy document has mistakes; the message lists them in the document's order."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        super().__init__(sorted(mistakes, key=lambda mistake: mistake.line or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy that can judge events.

    Attributes:
        revision: the beginning of the SHA-256 of its document, in hex.
        pipeline: its steps.
        rooms: its rooms.
        courtesy_rules: events that courtesy limits do not refuse.
        trust_rules: conditions for the levels of trust.
        raid_rules: conditions for raid mode.
        guard_rules: conditions for the runaway guard to drop a step.
        bridges: the user IDs of bridges.
        tests: its policy tests.
        remarks: warnings about the document, each with its line.
    """

    revision: str
    pipeline: Pipeline
    rooms: RoomSelection = ALL_OTHER_ROOMS
    courtesy_rules: CourtesyRules = DEFAULT_COURTESY_RULES
    trust_rules: TrustRules = DEFAULT_TRUST_RULES
    raid_rules: RaidRules = DEFAULT_RAID_RULES
    guard_rules: GuardRules = DEFAULT_GUARD_RULES
    bridges: Bridges = NO_BRIDGES
    tests: tuple[Case, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def languages(self) -> RoomLanguages:
        """The language of each room."""
        return self.pipeline.languages


def parse_policy(
    source: bytes,
    registry: Registry,
    presets: Mapping[str, bytes] = NO_PRESETS,
    *,
    checkers: Collection[str] | None = None,
    is_json: bool = False,
) -> Policy:
    """Return the policy that the document `source` describes.

    Args:
        source: the document, in YAML or JSON.
        registry: the filters.
        presets: the documents of the presets, by name.
        checkers: the names of the checkers in the settings; None to accept any name.
        is_json: True to accept JSON only.

    Raises:
        PolicyInvalid: the document has mistakes.
    """
    mistakes: list[Mistake] = []
    try:
        document = read_document(source, is_json=is_json)
    except DocumentInvalid as error:
        mistakes += error.mistakes
        if error.document is None:
            raise PolicyInvalid(mistakes) from error
        document = error.document
    parser = ValueParser(document)
    policy = _PolicyReader(parser, registry, presets, checkers).policy(_revision(source, presets))
    mistakes += parser.mistakes
    if mistakes:
        raise PolicyInvalid(mistakes)
    return replace(policy, remarks=tuple(parser.remarks))


def _revision(source: bytes, presets: Mapping[str, bytes]) -> str:
    # Includes preset and text model: if a release changes them, the policy changes.
    digest = sha256(source)
    if b"preset" in source:
        for name in sorted(presets):
            digest.update(presets[name])
    if b"preset" in source or b"text-model" in source:
        digest.update(shipped_digest())
    return digest.hexdigest()[:_REVISION_CHARS]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """Parts of a document, merged with those of its preset."""

    items: list[Item]
    top: dict[str, Any]


class _PolicyReader:
    def __init__(
        self,
        parser: ValueParser,
        registry: Registry,
        presets: Mapping[str, bytes],
        checkers: Collection[str] | None,
    ) -> None:
        self._checkers = checkers
        self._parser = parser
        self._registry = registry
        self._presets = presets

    def policy(self, revision: str) -> Policy:
        """Return the policy from the values without mistakes."""
        parser = self._parser
        source = self._read_source(parser, MAX_PRESETS_ABOVE, is_preset=False)
        top = source.top
        sections = {
            name: parser.section(kind, top.get(name, {}), (name,))
            for name, kind in SECTIONS.items()
            if kind is not Thresholds
        }
        steps = StepBuilder(parser, self._registry, self._checkers).steps(source.items)
        courtesy = sections["courtesy"]
        return Policy(
            revision=revision,
            courtesy_rules=courtesy,
            pipeline=Pipeline(
                steps=steps,
                judge_membership=_judged_memberships(parser, top),
                exemptions=read_exemptions(parser, top, ()),
                courtesy_spares=courtesy.spared,
                trust_rules=sections["trust"],
                thresholds=read_thresholds(parser, top.get("thresholds", {})),
                languages=_read_languages(parser, top),
            ),
            rooms=read_room_selection(parser, top),
            trust_rules=sections["trust"],
            raid_rules=sections["raid"],
            guard_rules=sections["guard"],
            bridges=read_bridges(parser, top),
            tests=read_cases(
                parser, top.get("tests", []), ("tests",), [step.label for step in steps]
            ),
        )

    def _read_source(self, parser: ValueParser, presets_left: int, *, is_preset: bool) -> _Written:
        top = parser.mapping(parser.data, (), TOP_LEVEL, "a mapping with filters")
        if not top:
            if isinstance(parser.data, dict):
                self._require_filters(parser, top)
            return _Written(items=[], top={})
        base = self._base(parser, top, presets_left)
        if base is None and not is_preset:
            self._require_filters(parser, top)
        steps = () if base is None else tuple(base.items)
        reader = ItemReader(parser, self._registry, steps)
        own = [*reader.filters(top.get("filters", [])), *reader.rules(top.get("rules", []))]
        if base is None:
            return _Written(items=merged((), own, parser), top=top)
        return _Written(items=merged(base.items, own, parser), top=_joined(base.top, top))

    def _require_filters(self, parser: ValueParser, top: dict[str, Any]) -> None:
        # An empty policy signs everything, so it must be explicit.
        if "filters" not in top and "rules" not in top and "preset" not in top:
            parser.reject(("filters",), "no filters", A_LIST_OF_FILTERS)

    def _base(self, parser: ValueParser, top: dict[str, Any], presets_left: int) -> _Written | None:
        if "preset" not in top:
            return None
        name = top["preset"]
        source = self._presets.get(name) if isinstance(name, str) else None
        if source is None or presets_left == 0:
            name_text = shown(name)
            names = listed(sorted(self._presets)) if self._presets else "no presets here"
            parser.reject(("preset",), name_text, names, near_miss(name, self._presets))
            return None
        # Its mistakes are not reported here: a test checks every preset.
        preset = ValueParser(read_document(source))
        return self._read_source(preset, presets_left - 1, is_preset=True)


def _read_languages(parser: ValueParser, top: dict[str, Any]) -> RoomLanguages:
    languages = read_languages(parser, top)
    for language in languages.all():
        translated(REFUSED, language)  # loads the catalogue before the first event needs it
    return languages


def _judged_memberships(parser: ValueParser, top: dict[str, Any]) -> frozenset[MembershipKind]:
    value = top.get("judge_membership", False)
    path = ("judge_membership",)
    if isinstance(value, bool):
        return ALL_KINDS if value else frozenset()
    if not isinstance(value, list):
        allowed = f"true, false, or a list of {listed(MembershipKind)}"
        parser.reject(path, shown(value), allowed)
        return frozenset()
    kinds = (
        parser.one_of(MembershipKind, kind, (*path, place)) for place, kind in enumerate(value)
    )
    return frozenset(kind for kind in kinds if kind is not None)


def _joined(preset: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return the top level of the preset with the document's changes."""
    joined = {key: value for key, value in preset.items() if key not in ("tests", "rooms")}
    for key, value in own.items():
        before = joined.get(key)
        is_section = key in SECTIONS or key == "exempt"
        if is_section and isinstance(before, dict) and isinstance(value, dict):
            by_level = key == "thresholds"
            value = joined_thresholds(before, value) if by_level else {**before, **value}
        joined[key] = value
    return joined
