"""The filters that policies may use: our own, and those of packages that are installed."""

from functools import cache

import structlog

from countersign.adapters.entry_points import load_filters
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS, Registry, make_registry

log = structlog.get_logger()


@cache
def read_registry() -> Registry:
    """Return the filters that there are; the same ones for as long as the program runs.

    Raises:
        RegistryInvalid: two filters have one name, so that nobody could tell which one judges.
    """
    installed = load_filters(BUILTIN_FILTERS)
    return make_registry([*BUILTIN_FILTERS.values(), *installed.filters], installed.unusable)


def report_unusable_filters() -> None:
    """Say in the log which installed filters cannot be used; a policy that needs one says it too.

    Raises:
        RegistryInvalid: two filters have one name.
    """
    for name, why in read_registry().unusable.items():
        log.warning("an installed filter cannot be used", filter=name, reason=why)
