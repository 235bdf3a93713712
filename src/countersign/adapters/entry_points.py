"""Filters of installed packages: found by their entry points, loaded, and validated.

A package offers a filter under the entry-point group `countersign.filters`, by the filter's name:

    [project.entry-points."countersign.filters"]
    acme-hello = "countersign_acme_hello:AcmeHello"

The loaded code runs in this process, with all of its permissions.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from inspect import isabstract
from typing import Final

from countersign.policy.document.options import options_of
from countersign.policy.filter import Filter
from countersign.policy.harms import Harm
from countersign.policy.policies.filter_registry import RESERVED_NAMES, RegistryInvalid

GROUP: Final = "countersign.filters"

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MAX_REASON_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class InstalledFilters:
    """Entry points that installed packages offer.

    Attributes:
        filters: the usable filters.
        unusable: for each other entry point, by name, a sentence with its package and the error.
    """

    filters: tuple[type[Filter], ...]
    unusable: dict[str, str]


class _Unusable(Exception):
    """An entry point has no usable filter; the message is the reason."""


def load_filters(taken: Collection[str]) -> InstalledFilters:
    """Return the filters of installed packages, sorted by name.

    Args:
        taken: the names of existing filters.

    Raises:
        RegistryInvalid: two filters have one name; the message names their packages.
    """
    return load_filters_from(entry_points(group=GROUP), taken)


def load_filters_from(offers: Iterable[EntryPoint], taken: Collection[str]) -> InstalledFilters:
    """Return the filters of these entry points; an unusable one does not affect the others.

    Raises:
        RegistryInvalid: see `load_filters`.
    """
    filters: list[type[Filter]] = []
    unusable: dict[str, str] = {}
    by_name: dict[str, EntryPoint] = {}
    for offer in sorted(offers, key=lambda each: (each.name, _package(each), each.value)):
        if offer.name in taken:
            raise _twins(offer, "a built-in filter")
        if (twin := by_name.setdefault(offer.name, offer)) is not offer:
            raise _twins(offer, _described(twin))
        try:
            filters.append(_checked(offer, _loaded(offer)))
        except _Unusable as error:
            unusable[offer.name] = f"{_described(offer)}: {error}"
    return InstalledFilters(tuple(filters), unusable)


def _twins(offer: EntryPoint, other: str) -> RegistryInvalid:
    return RegistryInvalid(
        f"{_described(offer)}: its filter has the name of {other}, so that no policy could tell "
        f"which one it means.\nUninstall {_package(offer)}, or install a version with other names."
    )


def _loaded(offer: EntryPoint) -> object:
    try:
        return offer.load()
    except (Exception, SystemExit) as error:
        # A third-party module may raise anything; the message names the package.
        words = f"{type(error).__name__}: {error}"[:_MAX_REASON_CHARS]
        raise _Unusable(f"it cannot be loaded, {words}") from error


def _checked(offer: EntryPoint, loaded: object) -> type[Filter]:
    if not (isinstance(loaded, type) and issubclass(loaded, Filter)):
        raise _Unusable(f"{offer.value} is not a subclass of countersign.policy.Filter")
    for attribute, kind in (("name", str), ("harm", Harm), ("says", str)):
        if not isinstance(value := getattr(loaded, attribute, None), kind) or not value:
            raise _Unusable(f"its class has no {attribute}")
    if loaded.name != offer.name or not _NAME.fullmatch(loaded.name):
        raise _Unusable(
            f"its class is called {loaded.name}; class and entry point need the same name, "
            "in small letters and digits with dashes between words"
        )
    if loaded.name in RESERVED_NAMES:
        raise _Unusable(
            f"the name {loaded.name} is reserved for policies and decisions; give class and entry "
            "point another one"
        )
    if isabstract(loaded):
        raise _Unusable("its class has no method judge")
    # Its own, not only the base class's.
    if "__dataclass_fields__" not in vars(loaded):
        raise _Unusable(
            "its class is not a dataclass; put @dataclass(frozen=True, kw_only=True) on it"
        )
    try:
        options_of(loaded)
    except (TypeError, NameError) as error:
        raise _Unusable(f"its options cannot be read: {error}") from error
    return loaded


def _described(offer: EntryPoint) -> str:
    version = f" {offer.dist.version}" if offer.dist is not None else ""
    return f"package {_package(offer)}{version}, entry point {offer.name}"


def _package(offer: EntryPoint) -> str:
    return offer.dist.name if offer.dist is not None else "unknown"
