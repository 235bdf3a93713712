"""Readiness of the server, by its parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

Check = Callable[[], str | None]
"""Returns None if a part is healthy, or a sentence on what is wrong with it."""

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

    def warn_of(self, name: str, check: Check) -> None:
        """Add a check whose problems leave the server ready."""
        self._warnings[name] = check

    def report(self) -> HealthReport:
        """Return the present health of each part."""
        return HealthReport(
            {name: check() for name, check in self._checks.items()},
            {name: check() for name, check in self._warnings.items()},
        )
