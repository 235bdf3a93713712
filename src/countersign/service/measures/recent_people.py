"""Recent people: those who did something lately, each counted once, and by their domains."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping

MAX_COUNTED: Final = 5_000


class RecentPeople:
    """People who did something lately; the oldest are forgotten beyond a bound.

    Args:
        maximum: how many are remembered.
    """

    def __init__(self, maximum: int = MAX_COUNTED) -> None:
        self._seen: BoundedMapping[str, tuple[float, str]] = BoundedMapping(
            maximum, on_forget=self._uncount
        )
        self._domains: Counter[str] = Counter()

    def add(self, user_id: str, domain: str, now: float) -> None:
        """Note that somebody did it at `now`; `domain` is the registrable one of their server."""
        if user_id not in self._seen:
            self._domains[domain] += 1
        self._seen[user_id] = (now, domain)

    def count(self, since: float, *, most_of_one_domain: int | None = None) -> int:
        """Return how many did it since then, and forget the others.

        Args:
            since: the time.
            most_of_one_domain: so many people of one domain count at most; None for all.
        """
        by_domain = self.by_domain(since)
        if most_of_one_domain is None:
            return len(self._seen)
        return sum(min(count, most_of_one_domain) for count in by_domain.values())

    def by_domain(self, since: float) -> Mapping[str, int]:
        """Return how many of each domain did it since then, and forget the others."""
        while self._seen and next(iter(self._seen.values()))[0] < since:
            self._seen.forget_oldest()
        return MappingProxyType(self._domains)

    def forget_person(self, user_id: str) -> None:
        """Forget that somebody did it."""
        seen = self._seen.pop(user_id, None)
        if seen is not None:
            self._uncount(user_id, seen)

    def clear(self) -> None:
        """Forget all."""
        self._seen.clear()
        self._domains.clear()

    def _uncount(self, user_id: str, seen: tuple[float, str]) -> None:  # noqa: ARG002
        _, domain = seen
        self._domains[domain] -= 1
        if not self._domains[domain]:
            del self._domains[domain]
