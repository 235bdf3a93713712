"""Redactions of their own events by senders, after which stored texts of these are deleted."""

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
"""Delay before deletion: texts are written up to a second after the decision."""
RETRY_SECONDS: Final = 60.0

log = structlog.get_logger()


class ArchivedEvents(Protocol):
    """The archive of judged events."""

    async def forget_event(self, *, sender: str, room_id: str, decided_ts: int) -> int:
        """Delete events of a user in a room that were decided at that time; return their number.

        Raises:
            StoreUnavailable: nothing was deleted.
        """
        ...


class _Redaction(NamedTuple):
    """A redaction: its sender, its room and the ID of the redacted event."""

    sender: str
    room_id: str
    event_id: str


class SenderRedactions:
    """Queues redactions; `run` deletes stored texts of events that their own sender redacted.

    Args:
        decisions: know the sender of an event.
        evidence: texts of refused events.
        archive: judged events.
        empty_log: removes deleted data from the database's log, too; see `RetentionStore`.
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
        """See `OnDecided`."""
        if decision.decision.verdict is Verdict.SIGN:
            self.arrived(pdu)

    def arrived(self, pdu: Pdu) -> None:
        """Queue an event with verified signatures, if it is a redaction."""
        if pdu.type != "m.room.redaction" or len(self._waiting) >= MAX_WAITING:
            return
        event_id = trustworthy_copy(pdu).redacts
        if event_id is not None:
            self._waiting.append(_Redaction(pdu.sender, pdu.room_id, event_id))
            self._something.set()

    async def run(self) -> None:
        """Delete texts of redacted events, until cancelled."""
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
        """Delete texts of the events whose redactions are queued.

        Raises:
            StoreUnavailable: the rest stays in the queue.
        """
        is_deleted = False
        for _ in range(len(self._waiting)):
            is_deleted |= await self._delete(self._waiting[0])
            self._waiting.popleft()
        if is_deleted:
            await self._empty_log()

    async def _delete(self, redaction: _Redaction) -> bool:
        """Delete an event's texts if its own sender redacted it; return True if there were any."""
        is_deleted = False
        for decision in await self._decisions.find_by_reference(redaction.event_id):
            if (decision.sender, decision.room_id) != (redaction.sender, redaction.room_id):
                continue
            is_deleted |= await self._evidence.forget(decision.key)
            await self._archive.forget_event(
                sender=decision.sender,
                room_id=decision.room_id,
                decided_ts=decision.decided_ts,
            )
        return is_deleted
