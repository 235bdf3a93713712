"""State checks: asks servers of a room for its state, and takes over what most of them agree on.

Changes reach us in transactions. We miss some if we were down, if a server withholds them, or if a
room forks. An event that removes our user may be the last that is sent to us, or is not sent.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable, StoreUnavailable
from countersign.ports.federation import FederationClient
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.room_state import CREATE, NAMING_TYPES, THIRD_PARTY_INVITE, StateKey
from countersign.protocol.rooms.state_events import MEMBER
from countersign.service.handshakes.joined_state import verify_events
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy, Attempt
from countersign.service.identity import Identity
from countersign.service.keys.key_ring import KeyRing
from countersign.service.limits.registrable_domains import RegistrableDomain
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.resident_servers import resident_servers
from countersign.service.rooms.room import Room
from countersign.service.rooms.room_alerts import (
    Alert,
    AlertKind,
    said_to_be_removed,
    state_disputed,
    unconfirmed,
)
from countersign.service.rooms.state_check_schedule import StateCheckSchedule
from countersign.service.rooms.sync.catalogues import Catalogue, View
from countersign.service.rooms.sync.resident_views import NotResident, ResidentViews
from countersign.service.rooms.sync.state_comparison import Finding, SliceTimer, compare
from countersign.service.slices import ITEMS_A_SLICE, filtered

SERVERS_ASKED: Final = 3
REMEMBERED_SECONDS: Final = 86_400
"""Time for which an irrelevant event is not asked for again; it may become relevant later."""

REDACTIONS_SECONDS: Final = 86_400
"""Interval between searches for redacted rules of a policy list."""

SERVER_SECONDS: Final = 90
ROOMS_AT_ONCE: Final = 2
TICK_SECONDS: Final = 1.0

log = structlog.get_logger()


@dataclass(slots=True)
class Answers:
    """Result of asking the servers of a room.

    Attributes:
        views: the views of servers that have us in the room.
        denying: the servers that say our user is not in it.
        failures: the reason for each server without a usable answer.
    """

    views: list[View] = field(default_factory=list)
    denying: list[str] = field(default_factory=list)
    failures: list[Attempt] = field(default_factory=list)


@dataclass(slots=True)
class _Met:
    """Irrelevant events of a room, and the time of the first."""

    since: float
    events: set[int] = field(default_factory=set)


class StateChecks:
    """Checks each of our rooms periodically, and sooner if its state may be outdated."""

    def __init__(
        self,
        identity: Identity,
        *,
        rooms: Rooms,
        schedule: StateCheckSchedule,
        federation: FederationClient,
        key_ring: KeyRing,
        clock: Clock,
        registrable_domain: RegistrableDomain,
    ) -> None:
        self._identity = identity
        self._rooms = rooms
        self._schedule = schedule
        self._views = ResidentViews(identity, federation=federation)
        self._key_ring = key_ring
        self._clock = clock
        self._registrable_domain = registrable_domain
        self._slots = asyncio.Semaphore(ROOMS_AT_ONCE)
        self._met: dict[str, _Met] = {}
        self._suspected: dict[str, frozenset[AlertKind]] = {}
        self._looked_for_redactions: dict[str, float] = {}

    async def run(self) -> None:
        """Check rooms that are due, until cancelled."""
        async with asyncio.TaskGroup() as group:
            under_way: set[str] = set()
            while True:
                for room_id in self._schedule.due():
                    if len(under_way) < ROOMS_AT_ONCE and room_id not in under_way:
                        under_way.add(room_id)
                        task = group.create_task(self._check_if_joined(room_id), name=room_id)
                        task.add_done_callback(lambda done: under_way.discard(done.get_name()))
                await self._clock.sleep(TICK_SECONDS)

    async def check(
        self, room: Room, *, is_thorough: bool = False, seconds: float | None = None
    ) -> Answers:
        """Ask servers of the room for its state, and take over what most of them agree on.

        Args:
            room: the room.
            is_thorough: also look for redacted policy rules, which needs the room's whole state;
                otherwise that is done after the start and then once a day.
            seconds: time limit for all servers; slower ones count as failed.

        Raises:
            StoreUnavailable: the result is not stored, and is known until the next start only.
        """
        async with self._slots:
            self._schedule.note_started(room.room_id)
            is_settled = False
            try:
                answers, is_settled = await self._check(room, seconds)
                if room.state.policy_rules and room.is_joined and not room.is_replaced:
                    await self._look_for_redactions(room, answers.views, is_thorough=is_thorough)
            finally:
                self._schedule.note_checked(room.room_id, is_settled=is_settled)
            return answers

    async def _look_for_redactions(
        self, room: Room, views: Sequence[View], *, is_thorough: bool
    ) -> None:
        """Remove policy rules that are redacted for enough of the servers."""
        now = self._clock.monotonic()
        looked_at = self._looked_for_redactions.get(room.room_id)
        is_due = looked_at is None or now - looked_at > REDACTIONS_SECONDS
        if not views or not (is_due or is_thorough):
            return
        _, quorum = self._whom_to_ask(room)
        votes: Counter[str] = Counter()
        answered = 0
        for view in views:
            try:
                async with asyncio.timeout(SERVER_SECONDS):
                    votes.update(await self._views.redacted_rules(view, room))
            except (TimeoutError, PeerRefused, PeerUnavailable, AnswerUntrustworthy) as error:
                log.info(
                    "a server did not show the state of a policy list",
                    room_id=room.room_id,
                    server=view.server,
                    reason=str(error) or "it takes too long",
                )
            else:
                answered += 1
        if answered >= quorum:
            self._looked_for_redactions[room.room_id] = now
        agreed = [event_id for event_id, count in votes.items() if count >= quorum]
        await self._rooms.redact_rules(room, agreed)

    def _whom_to_ask(self, room: Room) -> tuple[list[str], int]:
        return resident_servers(
            room,
            ourselves=self._identity.server_name,
            registrable_domain=self._registrable_domain,
        )

    async def _check_if_joined(self, room_id: str) -> None:
        room = self._rooms.get(room_id)
        if room is None or not room.is_joined:
            self._schedule.forget(room_id)
            self._met.pop(room_id, None)
            self._suspected.pop(room_id, None)
            self._looked_for_redactions.pop(room_id, None)
            return
        try:
            await self.check(room)
        except StoreUnavailable as error:
            log.warning("what the room's servers say is not stored", reason=str(error))
        except Exception:
            log.exception("could not look at the room", room_id=room_id)

    async def _check(self, room: Room, seconds: float | None) -> tuple[Answers, bool]:
        """Return the answers, and whether the result is clear."""
        catalogue = await Catalogue.of(room, self._events_met_in(room.room_id))
        servers, quorum = self._whom_to_ask(room)
        answers = await self._ask(servers, catalogue, seconds)
        if _is_over(room):
            return answers, True  # we left or rejoined the room during the requests
        findings = await compare(
            answers.views, catalogue.own_state, catalogue.key_of, quorum=quorum
        )
        changes, notable = await self._split_findings(findings, catalogue)
        if _is_over(room):
            return answers, True  # it takes a while, too
        is_complete = await self._follow(room, changes, notable, catalogue, len(answers.views))
        alerts = list(self._alerts(room, notable, answers, quorum))
        if room.is_joined:
            self._note(room, alerts, answers)
        return answers, is_complete and not alerts and not catalogue.is_cut_short

    def _events_met_in(self, room_id: str) -> set[int]:
        now = self._clock.monotonic()
        memory = self._met.get(room_id)
        if memory is None or now - memory.since > REMEMBERED_SECONDS:
            memory = self._met[room_id] = _Met(now)
        return memory.events

    async def _ask(
        self, servers: Iterable[str], catalogue: Catalogue, seconds: float | None
    ) -> Answers:
        answers = Answers()
        remaining = iter(servers)
        servers_asked: dict[str, None] = {}

        async def ask_until_answered() -> None:
            for server in remaining:
                servers_asked[server] = None
                try:
                    async with asyncio.timeout(SERVER_SECONDS):
                        view = await self._views.ask(server, catalogue)
                except NotResident:
                    answers.denying.append(server)
                    return
                except TimeoutError:
                    answers.failures.append(Attempt(server, "it takes too long"))
                except (PeerRefused, PeerUnavailable, AnswerUntrustworthy) as error:
                    answers.failures.append(Attempt.failed(server, error))
                else:
                    answers.views.append(view)
                    return

        try:
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                for _ in range(SERVERS_ASKED):
                    group.create_task(ask_until_answered())
        except TimeoutError:
            answered = {
                *(view.server for view in answers.views),
                *answers.denying,
                *(attempt.server for attempt in answers.failures),
            }
            answers.failures.extend(
                Attempt(server, "it takes too long")
                for server in servers_asked
                if server not in answered
            )
        return answers

    async def _split_findings(
        self, findings: Sequence[Finding], catalogue: Catalogue
    ) -> tuple[dict[str, Pdu], list[Finding]]:
        """Return agreed events that differ from ours, by ID, and the important findings."""
        timer = SliceTimer()
        changes: dict[str, Pdu] = {}
        notable: list[Finding] = []
        for finding in findings:
            if self._is_compared(finding.key):
                notable.append(finding)
            if finding.is_change and finding.agreed is not None:
                pdu = catalogue.pdus.get(finding.agreed)
                if pdu is not None:
                    changes[finding.agreed] = pdu
            if timer.is_slice_over():
                await asyncio.sleep(0)
        return changes, notable

    async def _follow(
        self,
        room: Room,
        pdus: Mapping[str, Pdu],
        notable: Sequence[Finding],
        catalogue: Catalogue,
        views: int,
    ) -> bool:
        """Adopt the state that most servers agree on; return True if the result is clear."""
        if pdus:
            state = await verify_events(list(pdus.values()), self._key_ring, lambda _: None)
            verified: set[str] = set()
            for start in range(0, len(state.events), ITEMS_A_SLICE):
                part = state.events[start : start + ITEMS_A_SLICE]
                verified.update(event.event_id for event in part)
                await asyncio.sleep(0)
            # Important events are asked for again each time until they can be verified.
            useless = await filtered(
                pdus.values(),
                lambda pdu: (
                    pdu.event_id not in verified
                    and not self._is_compared((pdu.type, pdu.state_key or ""))
                ),
            )
            for start in range(0, len(useless), ITEMS_A_SLICE):
                part_of_it = useless[start : start + ITEMS_A_SLICE]
                catalogue.mark_irrelevant(pdu.event_id for pdu in part_of_it)
                await asyncio.sleep(0)
            log.info(
                "following what the room's servers agree on",
                room_id=room.room_id,
                events=len(verified),
                left_out=len(pdus) - len(verified),
            )
            return await self._rooms.settle(room, state, pdus)
        if views == 1:
            await self._follow_only_server(room, notable, catalogue)
        return True

    async def _follow_only_server(
        self, room: Room, notable: Sequence[Finding], catalogue: Catalogue
    ) -> None:
        """Apply events of the only server that answers, with the checks for pushed events."""
        for finding in notable:
            for event_id in filter(None, finding.reported.values()):
                pdu = catalogue.pdus.get(event_id)
                if pdu is not None:
                    await self._rooms.follow_shown(room, pdu)

    def _alerts(
        self, room: Room, notable: Sequence[Finding], answers: Answers, quorum: int
    ) -> Iterator[Alert]:
        if not answers.views and not answers.denying:
            reasons = "; ".join(
                f"{failure.server}: {failure.reason}" for failure in answers.failures
            )
            yield unconfirmed(reasons or "there is no server to ask")
        lacking = [finding for finding in notable if self._is_ours(finding.key)]
        without_us = [
            server
            for finding in lacking
            for server, event_id in finding.reported.items()
            if event_id is None
        ]
        denying = sorted({*answers.denying, *without_us})
        if len(denying) >= quorum and 2 * len(denying) > len(answers.views) + len(answers.denying):
            yield said_to_be_removed(denying, self._identity)
        for finding in notable:
            # A room's name has no effect on its protection, so differences cause no alert.
            if finding.key[0] in NAMING_TYPES:
                continue
            standing = room.state.find(*finding.key)
            followed = standing.event_id if standing is not None else None
            against = sorted(
                server
                for server, event_id in finding.reported.items()
                if event_id != followed and server not in denying
            )
            if against:
                yield state_disputed(finding.key[0], against)

    def _note(self, room: Room, alerts: Sequence[Alert], answers: Answers) -> None:
        """Set the room's doubts; those that may resolve by themselves only when found twice."""
        before = self._suspected.get(room.room_id, frozenset())
        self._suspected[room.room_id] = frozenset(alert.kind for alert in alerts)
        shown = tuple(
            alert
            for alert in alerts
            if alert.kind is AlertKind.SAID_TO_BE_REMOVED or alert.kind in before
        )
        confirmed_ts = self._clock.now_ts() if answers.views else room.confirmed_ts
        self._rooms.record_check(room, shown, confirmed_ts)

    def _is_ours(self, key: StateKey) -> bool:
        return key == (MEMBER, self._identity.user_id)

    def _is_compared(self, key: StateKey) -> bool:
        return key[0] not in (MEMBER, THIRD_PARTY_INVITE, CREATE) or self._is_ours(key)


def _is_over(room: Room) -> bool:
    """Return True if this is no longer a room that we are in."""
    return room.is_replaced or not room.is_joined
