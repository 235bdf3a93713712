"""Readiness of the server, by its parts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

Check = Callable[[], str | None]
"""Returns None if a part is healthy, or a sentence on what is wrong with it."""
OtherReports = Callable[[], Iterable[tuple[int, "HealthReport"]]]
"""Returns the reports of the other workers of this machine, with their numbers."""

NO_CHECKS: Final[Mapping[str, Check]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class HealthReport:
    """State of each part at one moment.

    Attributes:
        parts: by name, what is wrong with a part; None if it is healthy.
        warnings: the same for problems that leave the server ready.
    """

    parts: Mapping[str, str | None]
    warnings: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Every part is healthy."""
        return all(trouble is None for trouble in self.parts.values())


class Health:
    """Runs the health check of each part.

    Args:
        checks: by the part's name; each must return at once, from what it already knows.
        warnings: likewise; their problems leave the server ready.
    """

    def __init__(
        self, checks: Mapping[str, Check], warnings: Mapping[str, Check] = NO_CHECKS
    ) -> None:
        self._checks = dict(checks)
        self._warnings = dict(warnings)
        self._find_others: OtherReports = tuple

    def include(self, find_others: OtherReports) -> None:
        """Have each report include what is wrong with other workers."""
        self._find_others = find_others

    def warn_of(self, name: str, check: Check) -> None:
        """Add a check whose problems leave the server ready."""
        self._warnings[name] = check

    def own_report(self) -> HealthReport:
        """Return the present health of each part of this process."""
        return HealthReport(
            {name: check() for name, check in self._checks.items()},
            {name: check() for name, check in self._warnings.items()},
        )

    def report(self) -> HealthReport:
        """Return the present health of each part, in all workers of this machine."""
        own = self.own_report()
        parts, warnings = dict(own.parts), dict(own.warnings)
        for number, other_parts in self._find_others():
            _add_troubles(parts, other_parts.parts, number)
            _add_troubles(warnings, other_parts.warnings, number)
        return HealthReport(parts, warnings)


def _add_troubles(
    parts: dict[str, str | None], other_parts: Mapping[str, str | None], number: int
) -> None:
    """Add another worker's troubles with parts of which none is known yet."""
    for name, trouble in other_parts.items():
        if trouble and not parts.get(name):
            parts[name] = f"worker {number}: {trouble}"
