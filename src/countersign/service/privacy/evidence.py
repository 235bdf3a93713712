"""Evidence: texts of refused events, kept for the retention time to explain refusals."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

import structlog

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.evidence import Evidence, EvidenceStore
from countersign.service.answers.event_context import EventContext

MAX_TEXT_BYTES: Final = 4 * 1024
"""Maximum size of the texts of one event; longer ones are cut."""
MAX_TEXTS: Final = 32
MAX_TOTAL_BYTES: Final = 64 * 1024 * 1024
"""Maximum size of all texts; beyond it the oldest are deleted."""
MAX_WAITING: Final = 2_000
"""Maximum number of entries waiting to be written, of 4 KiB at most each; more are lost."""
MAX_BATCH: Final = 50
WRITE_EVERY_SECONDS: Final = 1.0

log = structlog.get_logger()


class _Waiting(NamedTuple):
    """The texts of an event that wait to be written."""

    room_id: str
    evidence: Evidence


class EvidenceKeeper:
    """An observer that queues the texts of refused events; `run` writes them.

    Args:
        store: keeps them.
    """

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store
        self._waiting: deque[_Waiting] = deque()

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`: queues the texts of a refused event."""
        if recorded.decision.verdict is not Verdict.REFUSE or len(self._waiting) >= MAX_WAITING:
            return
        texts, is_cut = _cut([text.raw for text in context.event.seen.texts])
        if texts:
            evidence = Evidence(
                key=recorded.key,
                sender=recorded.sender,
                kept_ts=recorded.decided_ts,
                texts=texts,
                is_cut=is_cut,
            )
            self._waiting.append(_Waiting(recorded.room_id, evidence))

    async def run(self) -> None:
        """Write queued texts every second, and once more at the end."""
        try:
            while True:
                await asyncio.sleep(WRITE_EVERY_SECONDS)
                await self.write()
        finally:
            await self.write()

    async def write(self) -> None:
        """Write queued texts; texts that cannot be written are lost."""
        while self._waiting:
            count = min(MAX_BATCH, len(self._waiting))
            batch = [self._waiting.popleft().evidence for _ in range(count)]
            try:
                await self._store.add(batch, max_total_bytes=MAX_TOTAL_BYTES)
            except StoreUnavailable as error:
                log.warning("texts of refused events are not kept", reason=str(error), lost=count)
                return

    def forget_event(self, key: bytes) -> None:
        """Remove the texts of an event from the queue."""
        self._keep_if(lambda each: each.evidence.key != key)

    def forget_person(self, user_id: str) -> None:
        """Remove a person's texts, and texts of others that name them, from the queue."""
        self._keep_if(
            lambda each: (
                each.evidence.sender != user_id
                and not any(user_id in text for text in each.evidence.texts)
            )
        )

    async def forget_room(self, room_id: str) -> None:
        """Remove a room's texts from the queue."""
        self._keep_if(lambda each: each.room_id != room_id)

    def _keep_if(self, is_kept: Callable[[_Waiting], bool]) -> None:
        self._waiting = deque(filter(is_kept, self._waiting))


def _cut(texts: list[str]) -> tuple[tuple[str, ...], bool]:
    """Cut texts to the maximum size; return them, and whether something was left out."""
    cut_texts: list[str] = []
    left_bytes = MAX_TEXT_BYTES
    for text in texts[:MAX_TEXTS]:
        raw = text.encode("utf-8", "replace")
        if len(raw) > left_bytes:
            if left_bytes:
                cut_texts.append(raw[:left_bytes].decode("utf-8", "ignore"))
            return tuple(cut_texts), True
        left_bytes -= len(raw)
        cut_texts.append(text if raw.decode() == text else raw.decode())
    return tuple(cut_texts), len(texts) > MAX_TEXTS
