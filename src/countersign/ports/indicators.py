"""The port through which is kept what communities know of links, contacts and wallets."""

from collections.abc import Collection, Mapping
from typing import Protocol, TypeAlias

from countersign.policy.indicators.facts import BadIndicator, PostedIndicator

IndicatorKey: TypeAlias = tuple[str, bytes]
"""A community and the keyed hash of an indicator."""


class IndicatorStore(Protocol):
    """Keeps which indicators members posted, and which are bad."""

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
            posted: what members posted.
            bad: what is bad.
            forget_posted: what is no longer known as posted.
            forget_ended_before_ts: what was bad until before then is forgotten.
            is_taken_back: other processes are to forget what is no longer known as posted.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def posted(
        self, limit: int, *, changed_after: int = -1
    ) -> dict[IndicatorKey, PostedIndicator]:
        """Return so many of what members posted, those posted last; the last one comes last.

        Args:
            limit: how many at most.
            changed_after: a number of `Topic.INDICATORS`: only what was stored after that change.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def bad(self, *, ending_after_ts: int, limit: int) -> list[BadIndicator]:
        """Return so many indicators that are bad until after a moment, the latest made last.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def changed_bad(self, changed_after: int, *, limit: int) -> list[BadIndicator]:
        """Return those that changed after that change, ended ones too, the latest made last.

        Args:
            changed_after: a number of `Topic.INDICATORS`.
            limit: how many at most.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def remove_bad(self, key: IndicatorKey) -> None:
        """Have an indicator be bad no more, if it is.

        Raises:
            StoreUnavailable: nothing is known to have changed.
        """
        ...
