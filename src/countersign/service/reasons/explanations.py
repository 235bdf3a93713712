"""Explanations of refusals, for people who have the reference."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.findings import latest_end
from countersign.policy.judging.pipeline import TRUST
from countersign.ports.stores.decisions import DecisionQuery, DecisionStore
from countersign.protocol.rooms.room_contacts import CONTACT, RoomContacts, read_contacts
from countersign.service.rooms.room import Room

_REFERENCE: Final = re.compile(r"[0-9A-Za-z]{5}-?[0-9A-Za-z]{5}")
MAX_LATEST: Final = 20
"""Maximum number of a user's refusals among which one without an appeal is looked for."""
_BY_PEOPLE: Final = frozenset({TRUST, "policy-list"})
"""Names of findings that follow from what moderators decided about an account."""


class Subject(StrEnum):
    """Kind of a refused event, in terms that people know."""

    MESSAGE = "message"
    REACTION = "reaction"
    MEMBERSHIP = "membership"
    OTHER = "other"


_SUBJECTS: Final = {
    "m.room.message": Subject.MESSAGE,
    "m.room.encrypted": Subject.MESSAGE,
    "m.sticker": Subject.MESSAGE,
    "m.poll.start": Subject.MESSAGE,
    "org.matrix.msc3381.poll.start": Subject.MESSAGE,
    "m.reaction": Subject.REACTION,
    "m.room.member": Subject.MEMBERSHIP,
}


class Lasting(StrEnum):
    """Duration of a refusal."""

    ONE_EVENT = "one event"
    """Only this event is refused, for ever."""
    ONCE = "once"
    """It was a warning: the same words pass when they are sent again."""
    UNTIL = "until"
    """The same words pass from some time on."""
    BAN = "ban"
    """All events of the sender are refused until moderators end that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Public explanation of a refusal, without sender, text, room, or distance to a threshold.

    Attributes:
        recorded: the decision, for further processing; nothing else of it is shown.
        subject: the kind of the refused event.
        words: the rule's words for the sender; None for the default ones.
        language: language tag of the words.
        lasting: how long the refusal holds.
        until_ts: its end, in ms since the epoch; None unless `lasting` is `UNTIL`.
        is_by_people: it follows from what moderators decided about the account.
        contacts: the contacts that the room names.
    """

    recorded: RecordedDecision
    subject: Subject
    words: str | None
    language: str
    lasting: Lasting
    until_ts: int | None
    is_by_people: bool
    contacts: RoomContacts


class FindRoom(Protocol):
    """Finds the rooms that we are or were in."""

    def get(self, room_id: str) -> Room | None:
        """Return a room, by its ID; None for one that we were never in."""
        ...


class Explanations:
    """Finds the explanation of a refusal.

    Args:
        rooms: know the rooms' contacts.
    """

    def __init__(self, decisions: DecisionStore, rooms: FindRoom) -> None:
        self._decisions = decisions
        self._rooms = rooms

    async def find(self, reference: str) -> Explanation | None:
        """Return the explanation of the refusal with this reference; None if there is none.

        There is none for a signed event, for a reference that two decisions share, and for a
        decision whose details were deleted; the answer does not show which of these it is.

        Args:
            reference: a short one; event IDs are not accepted, since a room's members know them.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        if _REFERENCE.fullmatch(reference) is None:
            return None
        decisions = await self._decisions.find_by_reference(reference)
        if len(decisions) != 1 or decisions[0].details_gone is not None:
            return None
        if decisions[0].decision.verdict is not Verdict.REFUSE:
            return None
        return self._explained(decisions[0])

    async def latest_of(self, sender: str) -> list[Explanation]:
        """Return the explanations of a user's latest refusals, latest first.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        query = DecisionQuery(sender=sender, verdict=Verdict.REFUSE)
        decisions = await self._decisions.latest(query, limit=MAX_LATEST)
        return [self._explained(each) for each in decisions if each.details_gone is None]

    def _explained(self, recorded: RecordedDecision) -> Explanation:
        decision = recorded.decision
        until_ts = latest_end(decision.deciding) if decision.deciding else None
        lasting = Lasting.ONE_EVENT
        if decision.is_warning:
            lasting, until_ts = Lasting.ONCE, None
        elif any(each.filter == TRUST for each in decision.deciding):
            lasting, until_ts = Lasting.BAN, None
        elif until_ts is not None:
            lasting = Lasting.UNTIL
        return Explanation(
            recorded=recorded,
            subject=_SUBJECTS.get(recorded.event_type, Subject.OTHER),
            words=decision.says,
            language=decision.language,
            lasting=lasting,
            until_ts=until_ts,
            is_by_people=any(each.filter in _BY_PEOPLE for each in decision.deciding),
            contacts=self._contacts(recorded.room_id),
        )

    def _contacts(self, room_id: str) -> RoomContacts:
        room = self._rooms.get(room_id)
        event = None if room is None else room.state.find(CONTACT)
        return RoomContacts() if event is None else read_contacts(event.content)
