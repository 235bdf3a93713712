"""The filters that policies may use: built-in ones, and those of installed packages."""

from functools import cache

import structlog

from countersign.adapters.entry_points import load_filters
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS, Registry, make_registry

log = structlog.get_logger()


@cache
def read_registry() -> Registry:
    """Return all filters; the result is computed once.

    Raises:
        RegistryInvalid: two filters have the same name.
    """
    installed = load_filters(BUILTIN_FILTERS)
    return make_registry([*BUILTIN_FILTERS.values(), *installed.filters], installed.unusable)


def report_unusable_filters() -> None:
    """Log installed filters that are unusable; a policy that uses one reports it, too.

    Raises:
        RegistryInvalid: two filters have one name.
    """
    for name, reason in read_registry().unusable.items():
        log.warning("an installed filter cannot be used", filter=name, reason=reason)
