"""Indicators of communities, in this process's memory only."""

from collections.abc import Collection, Mapping

from countersign.policy.questions.indicators import BadIndicator, PostedIndicator
from countersign.ports.indicators import IndicatorKey


class MemoryIndicatorStore:
    """Implements `ports.indicators.IndicatorStore` for dry runs: it begins empty."""

    def __init__(self) -> None:
        self._posted: dict[IndicatorKey, PostedIndicator] = {}
        self._bad: dict[IndicatorKey, BadIndicator] = {}

    async def save(
        self,
        posted: Mapping[IndicatorKey, PostedIndicator],
        bad: Collection[BadIndicator],
        *,
        forget_posted: Collection[IndicatorKey] = (),
        forget_ended_before_ts: int = 0,
        is_taken_back: bool = False,  # noqa: ARG002
    ) -> None:
        self._posted |= posted
        for key in forget_posted:
            self._posted.pop(key, None)
        self._bad |= {(each.community, each.digest): each for each in bad}
        for key, each in list(self._bad.items()):
            if each.until_ts < forget_ended_before_ts:
                del self._bad[key]

    async def posted(
        self,
        limit: int,
        *,
        changed_after: int = -1,  # noqa: ARG002 - no other process has these
    ) -> dict[IndicatorKey, PostedIndicator]:
        by_time = sorted(self._posted.items(), key=lambda item: item[1].last_ts)
        return dict(by_time[-limit:])

    async def bad(self, *, ending_after_ts: int, limit: int) -> list[BadIndicator]:
        lasting = [each for each in self._bad.values() if each.until_ts > ending_after_ts]
        return sorted(lasting, key=lambda each: each.made_ts)[-limit:]

    async def changed_bad(self, changed_after: int, *, limit: int) -> list[BadIndicator]:  # noqa: ARG002
        """See `IndicatorStore.changed_bad`: no other process changes any."""
        return []

    async def remove_bad(self, key: IndicatorKey) -> None:
        self._bad.pop(key, None)
