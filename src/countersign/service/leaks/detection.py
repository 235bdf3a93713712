"""Detection of leaks: refused events that reached their rooms.

An event is out if it is pushed to us, or if a server of the room other than its sender's asks about
it. A refused event that is out was accepted by some server: one that asks no Policy Server, or one
that accepts events while it cannot reach one. It is recorded, and handed over for redaction.

All of this happens after the answers. A failure on our side never causes a redaction.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from countersign.basics.backoff import Backoff
from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.never_blocked import is_never_blocked
from countersign.ports.broadcasts import Broadcasts
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.leaks import Channel, Leak, LeakStore
from countersign.protocol.errors import CountersignError
from countersign.protocol.events.event_signatures import is_third_party_invite
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.policy_servers import is_exempt
from countersign.protocol.rooms.state_events import MEMBER
from countersign.service.evaluation.decide import Decide
from countersign.service.identity import Identity
from countersign.service.leaks.leak_rations import LeakRation
from countersign.service.leaks.leak_totals import LeakTotals
from countersign.service.leaks.outbox import MAX_WAITING
from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.service.limits.registrable_domains import RegistrableDomain, domain_of_server
from countersign.service.rooms.room import Room
from countersign.service.rooms.room_alerts import AlertKind

MAX_QUEUED: Final = 2_000
MAX_QUEUED_BYTES: Final = 4 * 1024 * 1024
"""Maximum number and size of waiting events; further ones are dropped and counted."""


MAX_REMEMBERED: Final = 20_000
RETRY_SECONDS: Final = tuple(Backoff(first=1, factor=5, longest=30).waits(3))
"""Time without an answer of the store after which a leak is dropped."""

_COMPLAIN_EVERY_SECONDS: Final = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class _Sighting:
    """An event that is out, and the evidence for it."""

    pdu: Pdu
    room: Room
    brought_by: str
    channel: Channel
    decision: RecordedDecision | None
    size_bytes: int


class Leaks:
    """Queues events that are out; `run` records the refused ones among them.

    Args:
        decide: decides on events that no server asked about.
        store: keeps leaks.
        recipients: names of the recipients of leaks.
        unseen: is told of every event that is out.
        on_recorded: called for each new leak.
        retry_seconds: see `RETRY_SECONDS`.
        registrable_domain: returns the registrable domain of a host.
        broadcasts: informs other processes; None if there are none.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        decide: Decide,
        store: LeakStore,
        recipients: Sequence[str],
        unseen: UnseenSignatures,
        clock: Clock,
        on_recorded: Callable[[], None] = lambda: None,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        registrable_domain: RegistrableDomain = str,
        broadcasts: Broadcasts | None = None,
    ) -> None:
        self._identity = identity
        self._decide = decide
        self._store = store
        self._recipients = tuple(recipients)
        self._unseen = unseen
        self._clock = clock
        self._on_recorded = on_recorded
        self._retry_seconds = tuple(retry_seconds)
        self._queue: deque[_Sighting] = deque()
        self._queued_bytes = 0
        self._something = asyncio.Event()
        self._remembered: BoundedMapping[bytes, None] = BoundedMapping(MAX_REMEMBERED)
        self._ration = LeakRation(clock, broadcasts)
        self._registrable_domain = registrable_domain
        self._complained_at = float("-inf")
        self.totals = LeakTotals()

    def check_unseen(self, pdu: Pdu, room: Room, origin: str) -> None:
        """Return if the server may have one more event signed before it sends some.

        Raises:
            RateLimited: it holds too many signatures whose events nobody has seen.
        """
        if origin == pdu.sender_server and self.is_judgeable(pdu, room):
            self._unseen.check(origin)

    def decided(self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision) -> None:
        """See `OnDecided`."""
        # If no server can reach us, we see no events of anybody.
        if (
            origin == pdu.sender_server
            and decision.decision.verdict is Verdict.SIGN
            and room.is_joined
            and not (
                room.alerts and any(alert.kind is AlertKind.ACL_DENIED for alert in room.alerts)
            )
        ):
            self._unseen.add(pdu.digest, origin)

    def answered(
        self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision | None
    ) -> None:
        """See `OnAnswered`."""
        if decision is None or origin == pdu.sender_server:
            return
        self._unseen.mark_seen(pdu.digest)
        if decision.decision.verdict is Verdict.REFUSE and _proves_escape(pdu, room, origin):
            self._put(pdu, room, origin, Channel.SIGN, decision)

    def repeated(self, digest: bytes, sender_server: str, origin: str) -> None:
        """See `OnRepeated`."""
        if origin != sender_server:
            self._unseen.mark_seen(digest)

    def is_judgeable(self, pdu: Pdu, room: Room) -> bool:
        """Return True if a policy may judge the event; call this before it changes the room."""
        return pdu.sender_server != self._identity.server_name and not (
            is_exempt(pdu) or is_never_blocked(pdu, room.state, our_user_id=self._identity.user_id)
        )

    def arrived(self, pdu: Pdu, room: Room, origin: str, *, is_judgeable: bool) -> None:
        """Receive an event that was pushed to us; its signatures were verified.

        Args:
            pdu: the event.
            room: its room.
            origin: the authenticated server that pushed it.
            is_judgeable: the result of `is_judgeable`.
        """
        self._unseen.mark_seen(pdu.digest)
        if is_judgeable:
            self._put(pdu, room, origin, Channel.SEND, None)

    async def run(self) -> None:
        """Process queued events, until cancelled."""
        while True:
            while not self._queue:
                self._something.clear()
                await self._something.wait()
            sighting = self._queue.popleft()
            self._queued_bytes -= sighting.size_bytes
            try:
                await self._look_at(sighting)
            except CountersignError as error:
                self._forget(sighting, error)
            except (
                Exception
            ) as error:  # an unexpected error with one event must not affect the others
                self._forget(sighting, error)
                log.exception("an event that is out could not be looked at")
            # Requests for signatures get a turn in between.
            await asyncio.sleep(0)

    def forget_person(self, user_id: str) -> None:
        """Forget a user's events that were not looked at yet."""
        self._queue = deque(each for each in self._queue if each.pdu.sender != user_id)
        self._queued_bytes = sum(each.size_bytes for each in self._queue)

    def _put(
        self,
        pdu: Pdu,
        room: Room,
        origin: str,
        channel: Channel,
        decision: RecordedDecision | None,
    ) -> None:
        if pdu.digest in self._remembered:
            return
        if len(self._queue) >= MAX_QUEUED or self._queued_bytes + pdu.size_bytes > MAX_QUEUED_BYTES:
            self.totals.dropped += 1
            return
        self._queued_bytes += pdu.size_bytes
        self._queue.append(_Sighting(pdu, room, origin, channel, decision, pdu.size_bytes))
        self._something.set()

    async def _look_at(self, sighting: _Sighting) -> None:
        pdu, room = sighting.pdu, sighting.room
        if pdu.digest in self._remembered or not (room.is_joined and self._is_named_by(room)):
            return
        decision = sighting.decision or await self._decide.find_decision(pdu.digest)
        if decision is not None and decision.decision.verdict is Verdict.SIGN:
            return
        # Checked before judging, which may add a row to the database.
        domain = domain_of_server(pdu.sender_server, self._registrable_domain)
        if not self._ration.has_left(room.room_id, domain):
            self.totals.beyond_ration += 1
            return
        if decision is None:
            decision = await self._refusal_of(pdu, room, sighting.brought_by)
        if decision is None:
            return
        self._remembered[pdu.digest] = None
        self._ration.count(room.room_id, domain)
        leak = Leak(
            key=pdu.digest,
            reference=decision.reference,
            room_id=pdu.room_id,
            # Of an old decision only the verdict may be stored.
            event_id=pdu.event_id,
            event_type=pdu.type,
            sender=pdu.sender,
            brought_by=sighting.brought_by,
            channel=sighting.channel,
            noticed_ts=self._clock.now_ts(),
        )
        if await self._record(leak):
            self.totals.recorded += 1
            log.warning(
                "a refused event is out in its room",
                room_id=leak.room_id,
                event_id=leak.event_id,
                brought_by=leak.brought_by,
                channel=leak.channel.value,
                reference=leak.reference,
            )
            self._on_recorded()

    async def _refusal_of(self, pdu: Pdu, room: Room, origin: str) -> RecordedDecision | None:
        """Judge an event that no server asked about; None if it is not refused."""
        # An altered or redacted copy does not show the event's content. Events by users who may not
        # send to the room are rejected by its servers anyway.
        if not pdu.has_intact_content or not room.state.may_send(pdu):
            return None
        decision = await self._decide.run_unrequested(pdu, room, origin)
        is_refused = decision is not None and decision.decision.verdict is Verdict.REFUSE
        return decision if is_refused else None

    async def _record(self, leak: Leak) -> bool:
        for pause_seconds in self._retry_seconds:
            try:
                return await self._store.record(leak, self._recipients, max_waiting=MAX_WAITING)
            except StoreUnavailable:
                await self._clock.sleep(pause_seconds)
        return await self._store.record(leak, self._recipients, max_waiting=MAX_WAITING)

    def _is_named_by(self, room: Room) -> bool:
        # Servers need not ask us if the room names another Policy Server or none, and bots reject a
        # command that is signed with a key which the room does not list.
        return self._identity.find_listed_key(room.state.room_policy) is not None

    def _forget(self, sighting: _Sighting, error: Exception) -> None:
        """Forget the sighting, so that the event is processed again when it is next seen."""
        self._remembered.pop(sighting.pdu.digest, None)
        self.totals.troubled += 1
        now = self._clock.monotonic()
        if now - self._complained_at >= _COMPLAIN_EVERY_SECONDS:
            self._complained_at = now
            log.warning(
                "events that are out could not be judged; none of them is handed over",
                reason=f"{type(error).__name__}: {error}",
                so_far=self.totals.troubled,
            )


def _proves_escape(pdu: Pdu, room: Room, origin: str) -> bool:
    """Return True if `origin` can only know the event because it was sent to the room."""
    if not room.state.is_server_joined(origin):
        return False
    # Other servers ask about a membership event before it is in the room: the resident server of a
    # join, and the server that handles an invitation.
    return pdu.type != MEMBER and not is_third_party_invite(pdu)
