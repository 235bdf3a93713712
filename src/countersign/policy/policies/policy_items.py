"""The items of a policy document, its filters and rules, built into steps.

An item with the name of one in the preset changes that one: its keys replace the preset's. All
other items are added.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from countersign.policy.document.mistakes import Path, listed, near_miss, shown
from countersign.policy.document.options import OptionsInvalid, options_of, read_options
from countersign.policy.document.value_parser import ValueParser
from countersign.policy.filter import Filter
from countersign.policy.filters.cel.conditions import Condition, ConditionInvalid
from countersign.policy.filters.cel.costs import MAX_POLICY_COST
from countersign.policy.filters.cel.rules import Rule
from countersign.policy.filters.external.checker_options import HOW_TO_NAME_A_CHECKER
from countersign.policy.findings import FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.policy.judging.exemptions import NO_EXEMPTIONS, Exemptions
from countersign.policy.judging.steps import EVERYONE, OnError, Step
from countersign.policy.languages.choices import read_says
from countersign.policy.languages.sentences import Says
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BESIDE_A_FILTER, Registry
from countersign.policy.policies.item_reading import Item
from countersign.policy.thresholds import MAX_WEIGHT

MAX_SAYS_CHARS: Final = 1_000
MAX_FAILURE_CHARS: Final = 500
MAX_POWER_LEVEL: Final = 2**53 - 1

EXEMPT_KEYS: Final = ("users", "servers", "power_level", "trust", "event_types", "rooms")
_EXEMPTED: Final = {
    "users": ("user ID", "@alice:example.org"),
    "servers": ("server name", "example.org"),
    "rooms": ("room ID", "!room:example.org"),
}
HARMS: Final = {
    harm.value.removeprefix("org.matrix.msc4456."): harm for harm in Harm if harm is not Harm.NONE
}


class StepBuilder:
    """Builder of a pipeline's steps from items; notes the mistakes in each.

    Args:
        parser: the document.
        registry: the filters.
        checkers: the names of the checkers in the settings; None to accept any name.
    """

    def __init__(
        self, parser: ValueParser, registry: Registry, checkers: Collection[str] | None = None
    ) -> None:
        self._parser = parser
        self._registry = registry
        self._checkers = checkers
        self._cost = 0.0

    def steps(self, items: Iterable[Item]) -> tuple[Step, ...]:
        """Return a step for each valid item, without those in the mode `off`."""
        steps = (self._rule(each) if each.is_rule else self._step(each) for each in items)
        return tuple(step for step in steps if step is not None and step.mode is not Mode.OFF)

    def _step(self, item: Item) -> Step | None:
        beside, path = item.beside, item.path
        built = self._filter(item)
        step = self._common(
            built or Rule(when=_NEVER),
            beside,
            path,
            name="" if item.name == item.filter else item.name,
            mode=self._parser.word(beside, "mode", path, Mode.ENFORCE),
            says=read_says(self._parser, beside, "says", path, MAX_SAYS_CHARS),
        )
        return None if built is None else step

    def _filter(self, item: Item) -> Filter | None:
        filter_class = self._registry[item.filter or ""]
        try:
            options = read_options(filter_class, self._without_misplaced(filter_class, item))
            self._check_checkers(filter_class, options, (*item.path, item.filter or ""))
            return filter_class(**options)
        except OptionsInvalid as error:
            self._parser.add_within((*item.path, item.filter or ""), error)
        except Exception as error:  # noqa: BLE001 - a stranger's filter may raise anything
            self._parser.reject(
                (*item.path, item.filter or ""),
                f"options with which {filter_class.__module__}.{filter_class.__qualname__} failed "
                f"({type(error).__name__}: {error})"[:MAX_FAILURE_CHARS],
                "options that it takes; if these are right, its authors have a mistake to mend",
            )
        return None

    def _without_misplaced(self, filter_class: type[Filter], item: Item) -> dict[str, Any]:
        """Return an item's options, without keys that belong beside the filter."""
        option_names = {declared.name for declared in options_of(filter_class)}
        options = dict(item.options)
        for key in item.options:
            if key in BESIDE_A_FILTER and key not in option_names:
                del options[key]
                self._parser.reject(
                    (*item.path, item.filter or "", key),
                    f"{key} among the options of {item.filter}",
                    f"{key} beside the filter: in the column in which {item.filter} begins",
                )
        return options

    def _check_checkers(
        self, filter_class: type[Filter], options: Mapping[str, Any], path: Path
    ) -> None:
        if self._checkers is None:
            return
        for declared in options_of(filter_class):
            name = options.get(declared.name)
            if declared.is_checker and name and name not in self._checkers:
                checkers = (
                    listed(sorted(self._checkers)) if self._checkers else "none is defined yet"
                )
                self._parser.reject(
                    (*path, declared.name),
                    f"{shown(name)}, which the settings do not define",
                    f"a checker of the settings ({checkers}); {HOW_TO_NAME_A_CHECKER}",
                    near_miss(name, self._checkers),
                )

    def _rule(self, item: Item) -> Step | None:
        keys, path = item.options, item.path
        condition = self._condition(keys, path)
        mode, says = self._consequence(keys, path)
        harm = self._harm(keys, path)
        step = self._common(
            Rule(when=condition or _NEVER, kind=harm),
            keys,
            path,
            name=item.name,
            mode=mode,
            says=says,
        )
        return None if condition is None else step

    def _condition(self, keys: Mapping[str, Any], path: Path) -> Condition | None:
        source = keys.get("when")
        allowed = "a condition in CEL, such as 'sender.trust == \"new\" && event.links.size() > 0'"
        if not isinstance(source, str) or not source.strip():
            found = shown(source) if "when" in keys else "a rule without when"
            self._parser.reject((*path, "when"), found, allowed)
            return None
        try:
            condition = Condition(source.strip())
        except ConditionInvalid as error:
            self._parser.reject((*path, "when"), f"a condition that is wrong {error}", allowed)
            return None
        is_first_beyond = self._cost <= MAX_POLICY_COST < self._cost + condition.cost
        self._cost += condition.cost
        if is_first_beyond:
            self._parser.reject(
                (*path, "when"),
                "a condition that is too much together with those before it: at their worst they "
                "would hold up everybody else",
                "fewer or cheaper conditions; regular expressions and loops cost the most",
            )
        return condition

    def _consequence(self, keys: Mapping[str, Any], path: Path) -> tuple[Mode, Says | None]:
        """Return a rule's mode, and its text for the sender."""
        mode = self._parser.word(keys, "mode", path, Mode.ENFORCE)
        says = read_says(self._parser, keys, "says", path, MAX_SAYS_CHARS)
        effects = [
            key for key in ("refuse", "warn", "shadow") if keys.get(key) not in (None, False)
        ]
        if len(effects) > 1 or (effects and "mode" in keys):
            allowed = "one of refuse, warn, shadow and mode"
            self._parser.reject(path, f"{listed(effects)} together with others", allowed)
            return mode, says
        if not effects:
            if not keys.keys() & {"mode", "weight", "says", "shadow"}:
                self._parser.remark(
                    path,
                    "does not say what follows, so it refuses: write refuse: true, or warn, "
                    "shadow or weight",
                )
            return mode, says
        (key,) = effects
        words = keys[key]
        if key != "shadow" and words is not True:
            says = read_says(self._parser, keys, key, path, MAX_SAYS_CHARS) or says
        elif words is not True:
            self._parser.reject((*path, key), shown(words), "true")
        return {"refuse": Mode.ENFORCE, "warn": Mode.WARN, "shadow": Mode.SHADOW}[key], says

    def _harm(self, keys: Mapping[str, Any], path: Path) -> Harm:
        value = keys.get("harm", "other")
        name = value.removeprefix("org.matrix.msc4456.") if isinstance(value, str) else None
        if name in HARMS:
            return HARMS[name]
        suggestion = near_miss(name, HARMS)
        self._parser.reject((*path, "harm"), shown(value), listed(HARMS), suggestion)
        return Harm.OTHER

    def _common(
        self,
        built: Filter,
        beside: Mapping[str, Any],
        path: Path,
        *,
        name: str,
        mode: Mode,
        says: Says | None,
    ) -> Step:
        return Step(
            filter=built,
            name=name,
            mode=mode,
            says=says,
            on_error=self._parser.word(beside, "on_error", path, OnError.REFUSE),
            weight=self._parser.number(beside, "weight", path, 1, MAX_WEIGHT),
            kind=self._kind(beside, path),
            applies_to=self._applies_to(beside, path),
            exemptions=read_exemptions(self._parser, beside, path),
        )

    def _kind(self, beside: Mapping[str, Any], path: Path) -> FindingKind | None:
        if "kind" not in beside:
            return None
        kind = self._parser.one_of(FindingKind, beside["kind"], (*path, "kind"))
        if kind is not None and kind is not FindingKind.EVIDENCE and "weight" in beside:
            found = f"{kind.value} together with a weight"
            self._parser.reject((*path, "kind"), found, "evidence, which alone adds up to a score")
        return kind

    def _applies_to(self, beside: Mapping[str, Any], path: Path) -> frozenset[Trust]:
        if "applies_to" not in beside:
            return EVERYONE
        value = beside["applies_to"]
        path = (*path, "applies_to")
        if isinstance(value, str):
            level = self._parser.one_of(Trust, value, path)
            return EVERYONE if level is None else level.up_to()
        if not isinstance(value, list) or not value:
            allowed = f"a level ({listed(Trust)}), which includes all below it, or a list of levels"
            self._parser.reject(path, shown(value), allowed)
            return EVERYONE
        levels = (
            self._parser.one_of(Trust, level, (*path, place)) for place, level in enumerate(value)
        )
        return frozenset(level for level in levels if level is not None)


def read_exemptions(parser: ValueParser, holder: Mapping[str, Any], path: Path) -> Exemptions:
    """Read the value of `exempt` in `holder`."""
    if "exempt" not in holder:
        return NO_EXEMPTIONS
    path = (*path, "exempt")
    _remark_on_globs(parser, holder["exempt"], path)
    allowed = f"a mapping with {listed(EXEMPT_KEYS)}"
    exempt = parser.mapping(holder["exempt"], path, EXEMPT_KEYS, allowed)
    trust = None
    if "trust" in exempt:
        trust = parser.one_of(Trust, exempt["trust"], (*path, "trust"))
    return Exemptions(
        users=parser.globs(exempt, "users", path, "@bot:example.org"),
        servers=parser.globs(exempt, "servers", path, "*.example.org"),
        event_types=parser.globs(exempt, "event_types", path, "m.reaction"),
        rooms=parser.globs(exempt, "rooms", path, "!room:example.org"),
        power_level=parser.number(exempt, "power_level", path, -MAX_POWER_LEVEL, MAX_POWER_LEVEL),
        trust=trust,
    )


def _remark_on_globs(parser: ValueParser, exempt: object, path: Path) -> None:
    """Note globs that cannot match anything of their kind."""
    for key, (noun, example) in _EXEMPTED.items():
        globs = exempt.get(key) if isinstance(exempt, dict) else None
        for place, glob in enumerate(globs if isinstance(globs, list) else []):
            if isinstance(glob, str) and glob and _fits_nothing(key, glob):
                words = f"{shown(glob)} fits no {noun}, which is as {example}"
                parser.remark((*path, key, place), words)


def _fits_nothing(key: str, glob: str) -> bool:
    if key == "users":
        return glob[0] not in "@*?" or not {":", "*"} & set(glob)
    return glob[0] in "@!#" if key == "servers" else glob[0] not in "!*?"


_NEVER: Final = Condition("false")
