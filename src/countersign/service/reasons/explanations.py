"""Explanations of refusals, for whoever has the reference of one."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.findings import latest_end
from countersign.policy.pipeline import TRUST
from countersign.ports.stores.decisions import DecisionQuery, DecisionStore
from countersign.protocol.rooms.room_contacts import CONTACT, RoomContacts, read_contacts
from countersign.service.rooms.room import Room

_REFERENCE: Final = re.compile(r"[0-9A-Za-z]{5}-?[0-9A-Za-z]{5}")
MAX_LATEST: Final = 20
"""Refusals of one user that are looked through for one that is not appealed against."""
_BY_PEOPLE: Final = frozenset({TRUST, "policy-list"})
"""The names of findings that hold an account to what moderators decided about it."""


class Subject(StrEnum):
    """Kind of what was refused, as far as people tell kinds apart."""

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
    """Time for which a refusal holds."""

    ONE_EVENT = "one event"
    """The one event is refused for ever, and nothing else."""
    ONCE = "once"
    """It warned: the same passes when it is sent again."""
    UNTIL = "until"
    """The same passes from a moment on."""
    BAN = "ban"
    """All of the sender's events are refused, until moderators end that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A refusal as a stranger may read of it: neither who sent what, nor where, nor how near.

    Attributes:
        recorded: the decision, for what is done about it; nothing else of it is shown.
        subject: what was refused.
        words: the rule's words for the sender; None for the usual ones.
        language: of the words, a language tag.
        lasting: for how long it holds.
        until_ts: until when, in ms since the epoch; None unless `lasting` is `UNTIL`.
        is_by_people: it holds the account to what moderators decided about it.
        contacts: whom the room names for questions.
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
    """Knows the rooms that we are or were in."""

    def get(self, room_id: str) -> Room | None:
        """Return a room, by its ID; None for one that we were never in."""
        ...


class Explanations:
    """Finds the explanation of a refusal.

    Args:
        decisions: what was decided.
        rooms: name contacts.
    """

    def __init__(self, decisions: DecisionStore, rooms: FindRoom) -> None:
        self._decisions = decisions
        self._rooms = rooms

    async def find(self, reference: str) -> Explanation | None:
        """Return the explanation of the refusal that a reference means; None if there is none.

        There is none of what was signed, of a reference that two decisions share, and of a decision
        whose details are gone: nobody can tell which of these it is.

        Args:
            reference: a short one; an event ID is none, as a room's members know those.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        if _REFERENCE.fullmatch(reference) is None:
            return None
        found = await self._decisions.by_reference(reference)
        if len(found) != 1 or found[0].details_gone is not None:
            return None
        if found[0].decision.verdict is not Verdict.REFUSE:
            return None
        return self._explained(found[0])

    async def latest_of(self, sender: str) -> list[Explanation]:
        """Return the explanations of what was refused of a user last, the latest first.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        query = DecisionQuery(sender=sender, verdict=Verdict.REFUSE)
        found = await self._decisions.latest(query, limit=MAX_LATEST)
        return [self._explained(each) for each in found if each.details_gone is None]

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
