"""The port through which it is kept what moderators allowed, raids, and what the guard dropped."""

from collections.abc import Collection
from typing import Protocol

from countersign.policy.measures.allowances import Allowance
from countersign.policy.measures.mutes import Mute
from countersign.policy.measures.raid_mode import RaidReport
from countersign.policy.measures.runaway_guard import DroppedStep, StepChange
from countersign.ports.stores.outcomes import Outcome


class ModerationStore(Protocol):
    """Keeps what a restart must not forget. A crash loses nothing that a call has returned from."""

    async def save_allowance(self, allowance: Allowance, outcome: Outcome) -> None:
        """Store it, and the outcome that it is of its decision, both or neither.

        Of words that were allowed before, only the later end is taken over.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def withdraw_allowance(
        self, allowance: Allowance, former: Allowance | None, outcome: Outcome
    ) -> None:
        """Restore `former` as the allowance of those words, or delete it if None.

        The outcome is stored with it, or nothing is.

        Raises:
            StoreUnavailable: nothing is known to have changed.
        """
        ...

    async def allowances(
        self, *, since_ts: int = 0, ending_after_ts: int = 0, limit: int = 10_000
    ) -> list[Allowance]:
        """Return allowances made since `since_ts` that end after `ending_after_ts`, latest first.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def save_raid(self, raid: RaidReport, *, may_reopen: bool = True) -> None:
        """Store a raid; it replaces the row of the same community and start.

        Args:
            raid: is stored.
            may_reopen: a raid that ended may go on; otherwise it stays ended, as when another
                process ended it meanwhile.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def raids(self, *, under_way: bool = False, limit: int = 1_000) -> list[RaidReport]:
        """Return the raids, the latest first; only those under way if asked so.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def save_mutes(self, mutes: Collection[Mute], *, forget_ended_before_ts: int) -> None:
        """Store mutes, each in place of the last one of its community, person and rule.

        Args:
            mutes: are stored.
            forget_ended_before_ts: mutes that ended before this are forgotten.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def mutes(
        self, *, ending_after_ts: int, limit: int, changed_after: int = -1
    ) -> list[Mute]:
        """Return the mutes that end after that moment: so many of the latest, those first to end.

        Args:
            ending_after_ts: the moment, in ms since the epoch.
            limit: how many at most.
            changed_after: a number of `Topic.MUTES`: only those stored after that change.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def save_dropped(self, step: DroppedStep) -> None:
        """Store that a step was dropped.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def forget_dropped(self, community: str, step: str) -> None:
        """Forget that a step was dropped, if it is known.

        Raises:
            StoreUnavailable: nothing is known to have changed.
        """
        ...

    async def dropped(self) -> list[DroppedStep]:
        """Return the steps that are dropped, by community and label.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def save_step_changes(
        self, changes: Collection[StepChange], *, forget: Collection[tuple[str, str]] = ()
    ) -> None:
        """Store since when steps are as they are, all or none.

        Args:
            changes: each in place of what was stored of its community and label.
            forget: the communities and labels of steps that are gone.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def step_changes(self) -> list[StepChange]:
        """Return the stored state of every step, by community and label.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...
