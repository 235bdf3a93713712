"""Whether we are ready to answer, and if not, which part of us is not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Check = Callable[[], str | None]
"""Returns None when a part is well, or a sentence that says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How each part is at one moment.

    Attributes:
        parts: by the part's name, what is wrong with it, None if it is well.
    """

    parts: Mapping[str, str | None]

    @property
    def is_ready(self) -> bool:
        """Every part is well."""
        return all(trouble is None for trouble in self.parts.values())


class Health:
    """Asks each part how it is.

    Args:
        checks: by the part's name; each must answer at once, from what it knows already.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)

    def report(self) -> HealthReport:
        """Return how each part is now."""
        return HealthReport({name: check() for name, check in self._checks.items()})
