"""Port: archive of judged events, for backtests of policies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from countersign.policy.decisions import Decision
from countersign.policy.events import Event
from countersign.policy.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedJudgement:
    """A decision with all that was found, and all that it follows from beside event and policy.

    Attributes:
        key: the key of the decision.
        decision: the decision, with everything that the filters had to say.
        answers: to the questions that were asked, as plain JSON; `service.trials.answer_records`
            writes and reads them.
        warned: how often the sender had been warned of the same words, and how many ms ago; None if
            that did not matter.
        dropped: the labels of steps that the runaway guard had dropped.
        language: what the people of the room read; None for what the policy says of its ID.
    """

    key: bytes
    decision: Decision
    answers: Mapping[str, Any]
    warned: tuple[int, int] | None = None
    dropped: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedEvent:
    """An event as filters saw it, and its decision.

    Attributes:
        community: the community whose policy judged it.
        event: the event, with its sender's trust and power as they were.
        decided_ts: the time, in ms since the epoch.
        is_refused: True if it was refused, a warning included.
        labels: the labels of the steps whose findings were not only recorded.
        judgement: what that follows from; None of what earlier versions archived.
    """

    community: str
    event: Event
    decided_ts: int
    is_refused: bool
    labels: tuple[str, ...]
    judgement: ArchivedJudgement | None = None


def deciding_labels(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the labels of the steps whose findings were not only recorded, each once."""
    return tuple(dict.fromkeys(each.label for each in findings if each.mode.value != "shadow"))


class ArchiveStore(Protocol):
    """Stores judged events. Requests do not wait for it; events that cannot be stored are lost."""

    async def add(self, events: Sequence[ArchivedEvent]) -> None:
        """Store events.

        Raises:
            StoreUnavailable: none of them is kept.
        """
        ...

    async def forget_before(self, ts: int) -> int:
        """Delete what was decided before `ts`; return the number.

        Raises:
            StoreUnavailable: nothing is forgotten.
        """
        ...

    async def purge(self, *, sender: str | None = None, room_id: str | None = None) -> int:
        """Delete a user's or a room's events for good; return the number.

        Raises:
            StoreUnavailable: nothing was taken out.
        """
        ...

    async def forget_event(self, *, sender: str, room_id: str, decided_ts: int) -> int:
        """Delete what a user sent to a room that was decided at a moment; return the number.

        Raises:
            StoreUnavailable: nothing was taken out.
        """
        ...

    async def export_person(self, user_id: str) -> list[dict[str, Any]]:
        """Return the events that a user sent, at most 100,000 events, the oldest first."""
        ...

    async def erase_person(self, user_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        """Delete what a user sent; return the number, and True if no trace is left.

        Args:
            user_id: the user.
            may_rebuild: True if the archive may be written anew, however large it is.
        """
        ...

    async def export_room(self, room_id: str) -> list[dict[str, Any]]:
        """Return a room's events, at most 100,000, the oldest first."""
        ...

    async def erase_room(self, room_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        """Delete a room's events; return the number, and True if no trace is left.

        Args:
            room_id: the room.
            may_rebuild: as for `erase_person`.
        """
        ...

    async def count(self, *, community: str, since_ts: int, room_id: str | None) -> int:
        """Return the number of events."""
        ...

    async def is_empty(self) -> bool:
        """Return True if there are no events."""
        ...

    async def find(self, *, sender: str, room_id: str, decided_ts: int) -> list[ArchivedEvent]:
        """Return the events of a user in a room that were decided at one time, usually one event.

        There is more than one if events of the user were decided in the same millisecond.
        """
        ...

    def read(
        self, *, community: str, since_ts: int, room_id: str | None, limit: int
    ) -> Iterator[ArchivedEvent]:
        """Yield at most `limit` of the latest events, in the order of their decisions.

        It blocks: for backtests, which run in a thread of their own.
        """
        ...
