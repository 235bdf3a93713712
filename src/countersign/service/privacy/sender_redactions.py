"""Redactions by senders of their own events: the text that was kept of these is deleted."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, Protocol

import structlog

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.decisions import DecisionStore
from countersign.ports.stores.evidence import EvidenceStore
from countersign.protocol.events.pdu import Pdu
from countersign.service.keys.event_verification import trustworthy_copy
from countersign.service.rooms.room import Room

MAX_WAITING: Final = 2_000
"""Maximum number of waiting redactions; more are lost, and the texts stay until retention ends."""
WAIT_SECONDS: Final = 2.5
"""Texts are written within a second of the decision: a redaction that is as fast waits."""
RETRY_SECONDS: Final = 60.0

log = structlog.get_logger()


class ArchivedEvents(Protocol):
    """The archive of judged events."""

    async def forget_event(self, *, sender: str, room_id: str, decided_ts: int) -> int:
        """Take out what a user sent to a room and was decided at that moment; return how many.

        Raises:
            StoreUnavailable: nothing was taken out.
        """
        ...


class _Redaction(NamedTuple):
    """Redaction of an event: who redacted it, its room and the ID of the event redacted."""

    sender: str
    room_id: str
    event_id: str


class SenderRedactions:
    """Notes redactions; `run` deletes what was kept of the events if their own senders made them.

    Args:
        decisions: tell whose an event was.
        evidence: the texts of refused events.
        archive: judged events.
        empty_log: be rid of what was deleted in the database's log too; see `RetentionStore`.
    """

    def __init__(
        self,
        decisions: DecisionStore,
        evidence: EvidenceStore,
        archive: ArchivedEvents,
        *,
        empty_log: Callable[[], Awaitable[bool]],
    ) -> None:
        self._empty_log = empty_log
        self._decisions = decisions
        self._evidence = evidence
        self._archive = archive
        self._waiting: deque[_Redaction] = deque()
        self._something = asyncio.Event()

    def decided(self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision) -> None:  # noqa: ARG002
        """See `SignObserver.decided`."""
        if decision.decision.verdict is Verdict.SIGN:
            self.arrived(pdu)

    def answered(
        self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision | None
    ) -> None:
        """See `SignObserver.answered`: what was asked before is known."""

    def arrived(self, pdu: Pdu) -> None:
        """Take note of an event whose signatures are right, if it is a redaction."""
        if pdu.type != "m.room.redaction" or len(self._waiting) >= MAX_WAITING:
            return
        event_id = trustworthy_copy(pdu).redacts
        if event_id is not None:
            self._waiting.append(_Redaction(pdu.sender, pdu.room_id, event_id))
            self._something.set()

    async def run(self) -> None:
        """Delete what was kept of the redacted events, until cancelled."""
        while True:
            self._something.clear()
            if not self._waiting:
                await self._something.wait()
            await asyncio.sleep(WAIT_SECONDS)
            try:
                await self.delete_waiting()
            except StoreUnavailable as error:
                log.warning("texts of redacted events are not deleted yet", reason=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def delete_waiting(self) -> None:
        """Delete what was kept of the events whose redactions wait.

        Raises:
            StoreUnavailable: the rest goes on waiting.
        """
        is_deleted = False
        for _ in range(len(self._waiting)):
            is_deleted |= await self._delete(self._waiting[0])
            self._waiting.popleft()
        if is_deleted:
            await self._empty_log()

    async def _delete(self, redaction: _Redaction) -> bool:
        """Delete what was kept of an event if its own sender redacted it; tell if texts were."""
        is_deleted = False
        for decision in await self._decisions.by_reference(redaction.event_id):
            if (decision.sender, decision.room_id) != (redaction.sender, redaction.room_id):
                continue
            is_deleted |= await self._evidence.forget(decision.key)
            await self._archive.forget_event(
                sender=decision.sender,
                room_id=decision.room_id,
                decided_ts=decision.decided_ts,
            )
        return is_deleted
