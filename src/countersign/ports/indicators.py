"""Port: store of communities' indicators: links, contacts and wallets."""

from collections.abc import Collection, Mapping
from typing import Protocol, TypeAlias

from countersign.policy.questions.indicators import BadIndicator, PostedIndicator

IndicatorKey: TypeAlias = tuple[str, bytes]
"""A community and the keyed hash of an indicator."""


class IndicatorStore(Protocol):
    """Stores which indicators members posted, and which are bad."""

    async def save(
        self,
        posted: Mapping[IndicatorKey, PostedIndicator],
        bad: Collection[BadIndicator],
        *,
        forget_posted: Collection[IndicatorKey] = (),
        forget_ended_before_ts: int = 0,
        is_taken_back: bool = False,
    ) -> None:
        """Store all of these or none; each replaces the row of the same indicator.

        Args:
            posted: indicators that members posted.
            bad: bad indicators.
            forget_posted: indicators to delete from those posted.
            forget_ended_before_ts: bad indicators that ended before this moment are deleted.
            is_taken_back: have other processes forget the indicators in `forget_posted`, too.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def posted(
        self, limit: int, *, changed_after: int = -1
    ) -> dict[IndicatorKey, PostedIndicator]:
        """Return the `limit` indicators that were posted last, in order.

        Args:
            limit: the maximum number.
            changed_after: a number of `Topic.INDICATORS`; only those stored after that change.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def bad(self, *, ending_after_ts: int, limit: int) -> list[BadIndicator]:
        """Return at most `limit` indicators that stay bad beyond a moment, the newest last.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def changed_bad(self, changed_after: int, *, limit: int) -> list[BadIndicator]:
        """Return the bad indicators that changed after a change, ended ones too, in that order.

        Args:
            changed_after: a number of `Topic.INDICATORS`.
            limit: maximum number.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def remove_bad(self, key: IndicatorKey) -> None:
        """End a bad indicator, if there is one.

        Raises:
            StoreUnavailable: nothing is known to have changed.
        """
        ...
