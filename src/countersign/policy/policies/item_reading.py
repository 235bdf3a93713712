"""Reading of the items under `filters:` and `rules:`, and merging with those of a preset."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from countersign.policy.document.mistakes import Path, listed, near_miss, shown
from countersign.policy.document.value_parser import ValueParser
from countersign.policy.policies.filter_registry import BESIDE_A_FILTER, Registry

A_LIST_OF_FILTERS: Final = "a list of filters; `filters: []` to sign everything"
MAX_ITEMS: Final = 200
MAX_NAME_CHARS: Final = 60
RULE_KEYS: Final = (
    "name", "when", "refuse", "warn", "weight", "kind", "shadow", "mode", "says", "harm",
    "on_error", "applies_to", "exempt",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of a document, or of a preset with the document's changes.

    Attributes:
        name: its name; the filter's name if it has none of its own.
        filter: the filter's name; None for a rule, and for an item that changes one of a preset.
        options: the filter's options, or the rule's keys.
        beside: the keys beside the filter, such as `mode`.
        path: its path in the document.
        is_rule: True for a rule.
    """

    name: str
    filter: str | None
    options: Mapping[str, Any]
    beside: Mapping[str, Any] = field(default_factory=dict)
    path: Path
    is_rule: bool = False


class ItemReader:
    """Reads the items of one document.

    Args:
        parser: the document.
        registry: the filters.
        preset: the items of the document's preset.
    """

    def __init__(
        self, parser: ValueParser, registry: Registry, preset: Iterable[Item] = ()
    ) -> None:
        self._parser = parser
        self._registry = registry
        self._preset = {item.name: item for item in preset}

    def filters(self, value: object) -> Iterator[Item]:
        """Yield the items of the list `filters`."""
        for place, item in enumerate(self._listed(value, "filters", A_LIST_OF_FILTERS)):
            path: Path = ("filters", place)
            if isinstance(item, str):
                item = {item: None}
            if not isinstance(item, dict):
                self._parser.reject(path, shown(item), "a filter's name with its options")
            elif (parsed := self._filter_item(item, path)) is not None:
                yield parsed

    def rules(self, value: object) -> Iterator[Item]:
        """Yield the items of the list `rules`."""
        for place, item in enumerate(self._listed(value, "rules", "a list of rules")):
            path: Path = ("rules", place)
            keys = self._parser.mapping(item, path, RULE_KEYS, "a mapping with name and when")
            if not keys:
                continue
            name = self._parser.text(keys, "name", path, MAX_NAME_CHARS)
            if name is not None:
                yield Item(name=name, filter=None, options=keys, path=path, is_rule=True)
            elif "name" not in keys:
                self._parser.reject(path, "a rule without a name", "a name, such as first-links")

    def _listed(self, value: object, key: str, allowed: str) -> list[Any]:
        if not isinstance(value, list):
            self._parser.reject((key,), shown(value), allowed)
            return []
        if len(value) > MAX_ITEMS:
            self._parser.reject((key,), f"{len(value)} {key}", f"at most {MAX_ITEMS}")
        return value

    def _filter_item(self, item: dict[str, Any], path: Path) -> Item | None:
        allowed = f"one filter, with {listed(BESIDE_A_FILTER)} beside it"
        beside = {key: value for key, value in item.items() if key in BESIDE_A_FILTER}
        names = [key for key in item if key not in BESIDE_A_FILTER]
        filter_names = [name for name in names if name in self._registry]
        own_name = self._parser.text(item, "name", path, MAX_NAME_CHARS)
        if not names:
            if own_name is None:
                self._parser.reject(path, "no filter", allowed)
                return None
            return Item(name=own_name, filter=None, options={}, beside=beside, path=path)
        if len(filter_names) > 1:
            self._parser.reject(path, f"the filters {', '.join(filter_names)} in one item", allowed)
            return None
        if len(names) == 1 and not filter_names:
            name = names[0]
            self._unknown((*path, name), name)
            return None
        for name in names:
            if name not in filter_names:
                suggestion = near_miss(name, BESIDE_A_FILTER if filter_names else self._registry)
                self._parser.reject((*path, name), "an unknown key", allowed, suggestion)
        if not filter_names:
            return None
        (name,) = filter_names
        return Item(
            name=own_name or name,
            filter=name,
            options=self._options(item[name], (*path, name)),
            beside=beside,
            path=path,
        )

    def _unknown(self, path: Path, name: str) -> None:
        if (step := self._preset.get(name)) is not None:
            filter_hint = (
                f", with {step.filter}: and the options to change beside it" if step.filter else ""
            )
            list_hint = " in the list rules" if step.is_rule else ""
            self._parser.reject(
                path,
                "the name of a step of the preset where a filter's name belongs",
                f"name: {name}, to change that step{filter_hint}{list_hint}",
            )
            return
        reason, suggestion = self._registry.unusable.get(name), near_miss(name, self._registry)
        if reason is not None:
            found, suggestion = f"a filter that is installed and cannot be used ({reason})", None
        else:
            found = "an unknown filter"
        self._parser.reject(path, found, listed(self._registry), suggestion)

    def _options(self, value: object, path: Path) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._parser.reject(path, shown(value), "a mapping of options")
            return {}
        return value


def merged(preset: Iterable[Item], own: Iterable[Item], parser: ValueParser) -> list[Item]:
    """Return the preset's items with the document's changes, and the items that it adds."""
    items = list(preset)
    places: dict[str, int] = {}
    for place, item in enumerate(items):
        places.setdefault(item.name, place)
    for item in own:
        overridden = places.get(item.name)
        if overridden is not None and item.filter in (None, items[overridden].filter):
            items[overridden] = _changed(items[overridden], item)
            del places[item.name]
        elif item.filter is None and not item.is_rule:
            _log_trouble(item, places, parser)
        else:
            items.append(item)
    return items


def _log_trouble(item: Item, names: Iterable[str], parser: ValueParser) -> None:
    names = tuple(names)
    allowed = "a filter with its options"
    if names:
        allowed += f", or the name of one in the preset: {listed(names)}"
    parser.reject(item.path, "no filter", allowed, near_miss(item.name, names))


def _changed(before: Item, change: Item) -> Item:
    return Item(
        name=before.name,
        filter=before.filter,
        options={**before.options, **change.options},
        beside={**before.beside, **change.beside},
        path=change.path,
        is_rule=before.is_rule,
    )
