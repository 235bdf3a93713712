"""Leaks: refused events that reached their rooms all the same, noticed and recorded.

An event is out when it is pushed to us, or when a server that is in the room, and is not its
sender's, asks about it. What was refused and is out was let through by somebody: a server that
asks no Policy Server, or one that lets events pass while it reaches none. It is recorded, and
handed over to whoever can redact it.

Nobody waits for any of this. Trouble of our own is never a reason to have something redacted: then
nothing happens at all.
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
"""Maximum number and size of events that wait; more are dropped and counted."""


MAX_REMEMBERED: Final = 20_000
RETRY_SECONDS: Final = tuple(Backoff(first=1, factor=5, longest=30).waits(3))
"""Time that a store may not answer before a leak is dropped."""

_COMPLAIN_EVERY_SECONDS: Final = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class _Sighting:
    """An event that is out, and how we know."""

    pdu: Pdu
    room: Room
    brought_by: str
    channel: Channel
    decision: RecordedDecision | None
    size_bytes: int


class Leaks:
    """Takes note of events that are out; `run` finds those that should not be.

    Args:
        identity: who we are.
        decide: decides on events that nobody asked about.
        store: keeps leaks.
        recipients: the names of those who are told.
        unseen: told of every event that is out.
        clock: ours.
        on_recorded: called for each new leak.
        retry_seconds: see `RETRY_SECONDS`.
        registrable_domain: of a host.
        broadcasts: tells other processes; None if there are none.
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
        """See `SignObserver.decided`."""
        # Where nobody can reach us, nobody's events are seen.
        if (
            origin == pdu.sender_server
            and decision.decision.verdict is Verdict.SIGN
            and room.is_joined
            and not any(alert.kind is AlertKind.ACL_DENIED for alert in room.alerts)
        ):
            self._unseen.add(pdu.digest, origin)

    def answered(
        self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision | None
    ) -> None:
        """See `SignObserver.answered`."""
        if decision is None or origin == pdu.sender_server:
            return
        self._unseen.see(pdu.digest)
        if decision.decision.verdict is Verdict.REFUSE and _proves_escape(pdu, room, origin):
            self._put(pdu, room, origin, Channel.SIGN, decision)

    def is_judgeable(self, pdu: Pdu, room: Room) -> bool:
        """Return True if, before the event changes the room, it is one that a policy may judge."""
        return pdu.sender_server != self._identity.server_name and not (
            is_exempt(pdu) or is_never_blocked(pdu, room.state, our_user_id=self._identity.user_id)
        )

    def arrived(self, pdu: Pdu, room: Room, origin: str, *, is_judgeable: bool) -> None:
        """Take note of an event that was pushed to us, and whose signatures are right.

        Args:
            pdu: the event.
            room: its room.
            origin: the authenticated server that pushed it.
            is_judgeable: what `is_judgeable` said.
        """
        self._unseen.see(pdu.digest)
        if is_judgeable:
            self._put(pdu, room, origin, Channel.SEND, None)

    async def run(self) -> None:
        """Look at what was taken note of, until cancelled."""
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
            except Exception as error:  # one odd event must not blind us to all others
                self._forget(sighting, error)
                log.exception("an event that is out could not be looked at")
            # Requests for signatures come in between.
            await asyncio.sleep(0)

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
        decision = sighting.decision or await self._decide.find_standing(pdu.digest)
        if decision is not None and decision.decision.verdict is Verdict.SIGN:
            return
        # Asked for before anything is judged: a judgement may be one row more.
        domain = domain_of_server(pdu.sender_server, self._registrable_domain)
        if not self._ration.has_left(room.room_id, domain):
            self.totals.beyond_ration += 1
            return
        if decision is None:
            decision = await self._refusal_of(pdu, room, sighting.brought_by)
        if decision is None:
            return
        self._remembered[pdu.digest] = None
        self._ration.take(room.room_id, domain)
        leak = Leak(
            key=pdu.digest,
            reference=decision.reference,
            room_id=pdu.room_id,
            # Of an old decision nothing but its verdict may be kept.
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
        """Judge an event that nobody asked about; None if there is nothing against it."""
        # An altered or redacted copy shows nothing of the event, and who may not send to the room
        # has not: its servers drop the event by themselves.
        if not pdu.has_intact_content or not room.state.may_send(pdu):
            return None
        decision = await self._decide.run_unasked(pdu, room, origin)
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
        # Nobody has to ask us where the room names another Policy Server, or none; and a command
        # under a key that the room does not list is not believed.
        return self._identity.find_listed_key(room.state.room_policy) is not None

    def _forget(self, sighting: _Sighting, error: Exception) -> None:
        """Let the event be looked at again when it is next seen."""
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
    """Return True if the event must have been sent out for `origin` to ask about it."""
    if not room.state.is_server_joined(origin):
        return False
    # Others ask about a membership event before it is part of the room: the server that lets its
    # user in, the one that helps with an invitation.
    return pdu.type != MEMBER and not is_third_party_invite(pdu)
