"""Confirmation rules: which commands wait for a second person, as the settings say."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRules:
    """Commands that wait for a second person, as the settings say.

    Attributes:
        policy: the communities whose policy changes need a second person.
        erasure: erasures need a second person.
    """

    policy: frozenset[str] = frozenset()
    erasure: bool = False


NOTHING_WAITS: Final = ConfirmationRules()
