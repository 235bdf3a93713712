"""Indicators in a community: who sent them, which members posted, which are bad."""

from enum import StrEnum
from typing import Final, NamedTuple

from countersign.basics.durations import DAY_MS
from countersign.basics.records import record
from countersign.policy.questions.question import Question
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind

BAD_FOR_MS: Final = 30 * DAY_MS
"""Time for which an indicator is bad after refusals."""
SETTLED_AFTER_MS: Final = DAY_MS
"""Time after which one member's posting vouches for an indicator."""
ENOUGH_POSTERS: Final = 2
"""Number of members whose postings vouch for an indicator at once."""


class BadBecause(StrEnum):
    """Reason why an indicator is bad, the weakest first; the value is stored and never changes."""

    REFUSED = "refused"
    """It was in events of several people that were refused for evidence."""
    REDACTED = "redacted"
    """It was in an event that a moderator redacted, or marked as spam."""
    SAID = "said"
    """A moderator said so."""


@record(frozen=True, slots=True, kw_only=True)
class BadIndicator:
    """An indicator that a community knows to be bad.

    Attributes:
        community: the community.
        digest: 16 bytes: the keyed hash of its kind and name.
        kind: the kind of the indicator.
        name: its normal form; empty if that may belong to a person.
        because: the reason why it is bad.
        reference: the reference of the decision that it follows from; empty if it follows from
            none.
        made_ts: the time since which it counts, in ms since the epoch.
        until_ts: the time until which it counts, in ms since the epoch.
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
        first_ts: time of the first posting, in ms since the epoch.
        last_ts: time of the last posting, to the hour.
        posters: number of different members, two at most.
    """

    first_ts: int
    last_ts: int
    posters: int


class IndicatorFacts(NamedTuple):
    """Facts about one indicator of an event, without the event.

    Attributes:
        indicator: the indicator.
        label: text for moderators: its kind and name, or a hash if the name may be a person's.
        senders: newcomers whose events had it within the window, signed or not.
        rooms: the rooms of these events.
        by_sender: how often the event's sender sent it within the window.
        is_vouched: members other than the sender vouch for it, so that only a moderator can make
            it count against anybody.
        is_known: a member posted it, or its domain, before.
        posted_days: days since a member first posted it; -1 if none did.
        bad: the record of a bad indicator; None if it is not bad.
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


@record(frozen=True, slots=True)
class IndicatorsSeen(Question[tuple[IndicatorFacts, ...]]):
    """Facts about each indicator of the event in question, in their order.

    Only events of newcomers about which this was asked count as sent.

    Attributes:
        per_seconds: the window.
        is_joined: ask only about indicators that the event has when it is joined with its sender's
            last messages.
        are_bare: ask about names that may be handles instead, see `bare_handles_of`.
    """

    per_seconds: int
    is_joined: bool = False
    are_bare: bool = False
