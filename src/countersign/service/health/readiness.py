"""Readiness to answer, part by part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

Check = Callable[[], str | None]
"""Returns None when a part is well, or a sentence that says what is wrong with it."""

NO_CHECKS: Final[Mapping[str, Check]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class HealthReport:
    """State of each part at one moment.

    Attributes:
        parts: by the part's name, what is wrong with it, None if it is well.
        warnings: what works, and not as it should; likewise.
    """

    parts: Mapping[str, str | None]
    warnings: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Every part is well."""
        return all(trouble is None for trouble in self.parts.values())


class Health:
    """Asks each part how it is.

    Args:
        checks: by the part's name; each must answer at once, from what it knows already.
        warnings: likewise; what they say leaves us ready.
    """

    def __init__(
        self, checks: Mapping[str, Check], warnings: Mapping[str, Check] = NO_CHECKS
    ) -> None:
        self._checks = dict(checks)
        self._warnings = dict(warnings)

    def report(self) -> HealthReport:
        """Return how each part is now."""
        return HealthReport(
            {name: check() for name, check in self._checks.items()},
            {name: check() for name, check in self._warnings.items()},
        )
