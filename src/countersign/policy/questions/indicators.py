"""Indicators of a community: who sent them, what members posted, what is known bad."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from countersign.basics.durations import DAY_MS
from countersign.policy.questions.question import Question
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind

BAD_FOR_MS: Final = 30 * DAY_MS
"""Time for which an indicator that became bad by refusals counts as bad."""
SETTLED_AFTER_MS: Final = DAY_MS
"""After so long a member's posting stands for the community, whoever sends it then."""
ENOUGH_POSTERS: Final = 2
"""Number of different members whose postings vouch for an indicator at once."""


class BadBecause(StrEnum):
    """Reason why an indicator is bad, the weakest first; the value is stored and never changes."""

    REFUSED = "refused"
    """It was in events of several people that were refused for evidence."""
    REDACTED = "redacted"
    """It was in an event that a moderator redacted, or marked as spam."""
    SAID = "said"
    """A moderator said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadIndicator:
    """An indicator that a community knows to be bad.

    Attributes:
        community: whose.
        digest: 16 bytes: the keyed hash of its kind and name.
        kind: of the indicator.
        name: its normal form; empty if that may belong to a person.
        because: why it is bad.
        reference: of the decision that it follows from; empty if it follows from none.
        made_ts: since when it counts, in ms since the epoch.
        until_ts: until when.
    """

    community: str
    digest: bytes
    kind: IndicatorKind
    name: str
    because: BadBecause
    reference: str
    made_ts: int
    until_ts: int


class PostedIndicator(NamedTuple):
    """An indicator that members of a community posted.

    Attributes:
        first_ts: when one did for the first time, in ms since the epoch.
        last_ts: when one did the last time, to the hour.
        posters: how many different ones did, as far as that was counted: two at most.
    """

    first_ts: int
    last_ts: int
    posters: int


class IndicatorFacts(NamedTuple):
    """Knowledge of one indicator of an event, before the event.

    Attributes:
        indicator: the indicator.
        label: what moderators read: its kind and name, or a hash where that may be a person's.
        senders: newcomers whose events held it within the time, whatever was decided on them.
        rooms: the rooms of these events.
        by_sender: how often the event's sender is among them.
        is_vouched: other members than the sender posted it, and so it is never held against anybody
            but by a moderator's word.
        is_known: a member posted it, or the domain that it leads to, at some time.
        posted_days: for how many days it is known that members post it; -1 if none ever did.
        bad: what is known against it; None for nothing.
    """

    indicator: Indicator
    label: str
    senders: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()
    by_sender: int = 0
    is_vouched: bool = False
    is_known: bool = False
    posted_days: int = -1
    bad: BadIndicator | None = None


@dataclass(frozen=True, slots=True)
class IndicatorsSeen(Question[tuple[IndicatorFacts, ...]]):
    """Knowledge of each indicator of the event in question, in their order.

    Only events of newcomers about which this was asked count as sent.

    Attributes:
        per_seconds: how far back sendings count.
        is_joined: whether it is about what is there only if the event is read together with its
            sender's last messages.
    """

    per_seconds: int
    is_joined: bool = False
