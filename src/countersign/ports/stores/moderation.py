"""Port: store of allowances, raids, mutes, and steps dropped by the runaway guard."""

from collections.abc import Collection
from typing import Protocol

from countersign.policy.measures.allowances import Allowance
from countersign.policy.measures.mutes import Mute
from countersign.policy.measures.raid_mode import RaidReport
from countersign.policy.measures.runaway_guard import DroppedStep, StepChange
from countersign.ports.stores.outcomes import Outcome


class ModerationStore(Protocol):
    """Stores the results of moderation; durable once a method returns."""

    async def save_allowance(self, allowance: Allowance, outcome: Outcome) -> None:
        """Store an allowance and its outcome, both or neither.

        If the words were allowed before, the later of the two ends applies.
        """
        ...

    async def withdraw_allowance(
        self, allowance: Allowance, former: Allowance | None, outcome: Outcome
    ) -> None:
        """Restore `former` as the allowance of those words, or delete it if None.

        The outcome is stored with it, or nothing is.
        """
        ...

    async def allowances(
        self, *, since_ts: int = 0, ending_after_ts: int = 0, limit: int = 10_000
    ) -> list[Allowance]:
        """Return allowances made since `since_ts` ending after `ending_after_ts`, newest first."""
        ...

    async def save_raid(
        self, raid: RaidReport, *, is_restored: bool = True, is_prolonged: bool = True
    ) -> None:
        """Store a raid; it replaces the row of the same community and start.

        Another process may have stored the raid meanwhile. Unless this one is restored, it does
        not end earlier or become less strict than the stored one, and one that ended stays ended.
        Its reason stays as stored, from which an erasure may have removed a user ID.

        Args:
            raid: is stored.
            is_restored: a person restored it as it is here.
            is_prolonged: it may last longer, or be stricter, than the stored one; otherwise the
                stored times are kept.
        """
        ...

    async def raids(self, *, under_way: bool = False, limit: int = 1_000) -> list[RaidReport]:
        """Return the raids, the latest first; only those under way if asked so."""
        ...

    async def save_mutes(self, mutes: Collection[Mute], *, forget_ended_before_ts: int) -> None:
        """Store mutes, each in place of the last one of its community, person and rule.

        Args:
            mutes: are stored.
            forget_ended_before_ts: mutes that ended before this are forgotten.
        """
        ...

    async def mutes(
        self, *, ending_after_ts: int, limit: int, changed_after: int = -1
    ) -> list[Mute]:
        """Return the latest `limit` mutes that end after a moment, the first to end first.

        Args:
            ending_after_ts: the moment, in ms since the epoch.
            limit: maximum number.
            changed_after: a number of `Topic.MUTES`: only those stored after that change.
        """
        ...

    async def save_dropped(self, step: DroppedStep) -> None:
        """Store that a step was dropped."""
        ...

    async def forget_dropped(self, community: str, step: str) -> None:
        """Forget that a step was dropped, if it is known."""
        ...

    async def dropped(self) -> list[DroppedStep]:
        """Return the steps that are dropped, by community and label."""
        ...

    async def save_step_changes(
        self, changes: Collection[StepChange], *, forget: Collection[tuple[str, str]] = ()
    ) -> None:
        """Store when steps were last changed, all or none.

        Args:
            changes: each in place of what was stored of its community and label.
            forget: the communities and labels of steps that are gone.
        """
        ...

    async def step_changes(self) -> list[StepChange]:
        """Return the stored state of every step, by community and label."""
        ...
