"""Confirmation rules: which commands wait for a second person, as the settings say."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRules:
    """Commands that wait for a second person, as the settings say.

    Attributes:
        policy: the communities whose policy changes need a second person.
        lists: the communities whose changes of policy lists need a second person.
        erasure: erasures need a second person.
        mutes_above: mutes of more people at once, and their end, need a second person; None if they
            never do.
    """

    policy: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    erasure: bool = False
    mutes_above: int | None = None

    @property
    def changing_policies(self) -> frozenset[str]:
        """The communities of which some change of the policy waits."""
        return self.policy | self.lists


NOTHING_WAITS: Final = ConfirmationRules()
