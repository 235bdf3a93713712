"""The event that filters' questions are about, with the context that answerers need."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final, NamedTuple, Self

from countersign.basics.records import record
from countersign.policy.document.computed_once import computed_once
from countersign.policy.events import Event
from countersign.policy.fingerprints import fingerprint
from countersign.policy.policies.policy_documents import Policy
from countersign.service.rooms.room import Room

MEMBER_HOURS: Final = 7 * 24
"""Time since members were first seen from which on they are known for long.

A raid can bring accounts of a day. Those who are members without any time are known for long too:
they were there before us, or a moderator knows them."""


class SignedPart(NamedTuple):
    """A signed event, with what is needed to have it redacted."""

    key: bytes
    event_id: str
    event_type: str


class Fragment(NamedTuple):
    """A short message in its present state, after edits.

    Attributes:
        text: its text.
        sent_ts: the time when it was signed, in ms since the epoch.
        parts: the event, and its edits.
    """

    text: str
    sent_ts: int
    parts: tuple[SignedPart, ...]


@record(frozen=True, kw_only=True)
class EventContext:
    """One event in its community at one moment.

    Attributes:
        community: the name of the community whose policy judges; counts and records are separate
            for each community.
        policy: its policy, as of the event's arrival.
        room: the event's room.
        now: seconds of the monotonic clock.
        now_ts: milliseconds since the epoch.
        language: the language of the room's people; None for the policy's language for the room ID.
        fragments: the messages of `Event.recent_messages`; empty if the event is read by itself.
    """

    community: str
    policy: Policy
    room: Room
    event: Event
    now: float
    now_ts: int
    language: str | None = None
    fragments: tuple[Fragment, ...] = ()

    def with_limited_reading(self, dropped: Collection[str]) -> Self:
        """Return it with the event as its policy's steps are to read it; see `Pipeline`.

        Args:
            dropped: the labels of steps that are not in force.
        """
        event = self.policy.pipeline.limit_reading(self.event, dropped)
        return self if event is self.event else replace(self, event=event)

    @computed_once
    def fingerprint(self) -> str:
        """The fingerprint of the event; it is equal for the same words."""
        return fingerprint(self.event)


def is_long_known(context: EventContext) -> bool:
    """Return True of a member's event if the member is known for long; see `MEMBER_HOURS`."""
    standing, hours = context.event.standing, context.policy.trust_rules.member_after_hours
    return standing.is_given or not hours <= standing.known_hours < MEMBER_HOURS
