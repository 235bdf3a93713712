"""Memory of recent actions that need not be repeated so soon."""

from collections.abc import Hashable

from countersign.basics.bounded_mapping import BoundedMapping


class RecentActions:
    """Remembers the time of the last action for each key; keys are stored as hashes.

    The hash is Python's own, keyed at the start of the process. Two keys of one hash, one pair in
    billions, are taken for one.

    Args:
        maximum: number of keys that are remembered; the longest unused are forgotten.
    """

    def __init__(self, maximum: int) -> None:
        self._done_at: BoundedMapping[int, float] = BoundedMapping(maximum)

    def is_due(self, key: Hashable, now: float, seconds: float) -> bool:
        """Return True, and remember it as done now, unless it was done less than `seconds` ago.

        Args:
            key: identifies the action.
            now: seconds of the monotonic clock.
            seconds: the time for which the action is not repeated.
        """
        hashed = hash(key)
        done_at = self._done_at.get(hashed)
        if done_at is not None and done_at <= now < done_at + seconds:
            return False
        self._done_at[hashed] = now
        return True
