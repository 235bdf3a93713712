"""Subject of a question, for those who answer it."""

from dataclasses import dataclass
from typing import NamedTuple

from countersign.policy.document.computed_once import computed_once
from countersign.policy.events import Event
from countersign.policy.fingerprints import fingerprint
from countersign.policy.policies.policy_documents import Policy
from countersign.service.rooms.room import Room


class SignedPart(NamedTuple):
    """A signed event, as far as it takes to have it redacted."""

    key: bytes
    event_id: str
    event_type: str


class Fragment(NamedTuple):
    """A short message as it is shown now.

    Attributes:
        text: what it says.
        sent_ts: when it was signed, in ms since the epoch.
        parts: the event, and its edits.
    """

    text: str
    sent_ts: int
    parts: tuple[SignedPart, ...]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One event in its community at one moment.

    Attributes:
        community: the name of the community whose policy judges; what is counted and remembered is
            kept apart by it.
        policy: that policy, as it was when the event came.
        room: the event's room.
        event: the event.
        now: seconds of the monotonic clock.
        now_ts: milliseconds since the epoch.
        language: what the people of the room read; None for what the policy says of the room's ID.
        fragments: the messages of `Event.together`; empty if the event is read by itself.
    """

    community: str
    policy: Policy
    room: Room
    event: Event
    now: float
    now_ts: int
    language: str | None = None
    fragments: tuple[Fragment, ...] = ()

    @computed_once
    def fingerprint(self) -> str:
        """The fingerprint of the event, by which the same words are known again."""
        return fingerprint(self.event)
