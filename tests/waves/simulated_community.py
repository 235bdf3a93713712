"""A simulated community: long-time members, newcomers, and a policy."""

import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.bootstrap.presets import read_presets
from countersign.policy import decisions
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import Policy, parse_policy
from countersign.ports.stores.rooms import StoredRoom
from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState, StateEvent
from countersign.service.errors import Forbidden
from countersign.service.identity import Identity
from countersign.service.policies.policies_in_force import Policies
from countersign.service.rooms.room import Room
from countersign.service.rooms.room_follower import RoomFollower
from countersign.testing.clocks import ManualClock
from countersign.testing.events import make_key, make_pdu
from tests.databases import make_database
from tests.waves.simulated_processes import HandedOver, SimulatedProcesses

VERSION = "11"
OUR_NAME = "policy.example.net"
ROOMS = ("!lobby:example.org", "!help:example.org", "!dev:example.org", "!off-topic:example.org")
MEMBERS = tuple(
    f"@{name}:{server}"
    for server in ("example.org", "matrix.example", "home.example.com")
    for name in (
        "ada", "ben", "carla", "dmitri", "emma", "farid", "grace", "hiro", "ines", "jonas",
        "kofi", "lena",
    )
)  # fmt: skip
MODERATOR = "@helena:example.org"


REFERENCE = "$event:"
"""Prefix of a placeholder for the ID of the event with a label: `$event:label`."""
FIRST_EVENTS = 20
"""Number of somebody's events that count as first events."""
MEMORY = "/dev/shm"
"""Path of a file system in memory, if there is one."""


@dataclass(frozen=True)
class Sent:
    """An event as somebody sends it.

    Attributes:
        at_seconds: when, from the scenario's start on.
        is_abuse: whether a moderator would want it refused.
        ahead_ms: how far its own clock is ahead.
        beside: what else stands in the event, beside its content.
        is_counted: whether it counts at all: the joins and the small talk of abusers do not, nor
            does a mistake that is rightly refused.
        label: by which others refer to its event ID, see `REFERENCE`.
        if_refused: the label of another event; this one is sent only if that one was refused.
        attack: of which attack it is a part; by default each sender is one.
    """

    at_seconds: float
    sender: str
    content: dict[str, Any]
    type: str = "m.room.message"
    room_id: str = ROOMS[0]
    state_key: str | None = None
    is_abuse: bool = False
    ahead_ms: int = 0
    beside: dict[str, Any] = field(default_factory=dict)
    is_counted: bool = True
    label: str = ""
    if_refused: str = ""
    attack: str = ""


Verdict = tuple[Sent, bool, list[str]]
"""An event as it was sent, whether it was refused, and the labels of the findings."""


@dataclass
class Outcome:
    """Results of a scenario's events.

    Attributes:
        ham_refused: honest events that were refused, with the labels of the findings.
        missed: abuse that was signed.
        by_step: how many refusals each step had a part in.
        newcomers: how many honest events each newcomer sent.
        hurt: newcomers who had one of their first events refused.
        muted: honest people who were muted.
        passed: how many events of each attack were signed.
        standing: how many of these were not handed over for redaction afterwards.
        verdicts: of every event that was sent, also of those that do not count.
    """

    abuse: int = 0
    abuse_refused: int = 0
    ham: int = 0
    ham_refused: list[tuple[Sent, list[str]]] = field(default_factory=list)
    missed: list[Sent] = field(default_factory=list)
    by_step: dict[str, int] = field(default_factory=dict)
    newcomers: Counter[str] = field(default_factory=Counter)
    hurt: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    passed: Counter[str] = field(default_factory=Counter)
    standing: Counter[str] = field(default_factory=Counter)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def abuse_refused_percent(self) -> float:
        return 100 * self.abuse_refused / self.abuse if self.abuse else 0.0

    @property
    def ham_refused_percent(self) -> float:
        return 100 * len(self.ham_refused) / self.ham if self.ham else 0.0

    @property
    def hurt_percent(self) -> float:
        return 100 * len(self.hurt) / len(self.newcomers) if self.newcomers else 0.0

    @property
    def most_passed(self) -> int:
        return max(self.passed.values(), default=0)

    @property
    def most_standing(self) -> int:
        return max(self.standing.values(), default=0)

    def attacks_left(self, most: int) -> int:
        """Return how many attacks left more events than that, although what counts was refused."""
        return sum(
            count > most for attack, count in self.standing.items() if not self.passed[attack]
        )

    def add(self, other: "Outcome") -> None:
        """Take over what another run had, its people apart from ours."""
        self.abuse += other.abuse
        self.abuse_refused += other.abuse_refused
        self.ham += other.ham
        self.ham_refused += other.ham_refused
        self.missed += other.missed
        for step, count in other.by_step.items():
            self.by_step[step] = self.by_step.get(step, 0) + count
        run = len(self.newcomers)
        self.newcomers.update({f"{run} {who}": count for who, count in other.newcomers.items()})
        self.hurt |= {f"{run} {who}" for who in other.hurt}
        self.muted |= {f"{run} {who}" for who in other.muted}
        self.passed.update({f"{run} {which}": count for which, count in other.passed.items()})
        self.standing.update({f"{run} {which}": count for which, count in other.standing.items()})


@asynccontextmanager
async def simulated_community(
    preset: str = "newcomer-safe", **made_with: Any
) -> "AsyncIterator[SimulatedCommunity]":
    """Yield a simulated community, whose database is in memory where that is possible."""
    where = MEMORY if os.path.isdir(MEMORY) else None  # noqa: PTH112, ASYNC240 - asked once
    with tempfile.TemporaryDirectory(dir=where) as folder:
        made = SimulatedCommunity(Path(folder), preset, **made_with)
        try:
            yield made
        finally:
            await made.close()


class SimulatedCommunity:
    """Rooms with their people, and the real services that decide and follow; events come unsigned.

    Joins and other membership events are asked about as any event is, and then sent to us, as
    homeservers do: the room is followed by the service that follows rooms.

    Args:
        folder: where the database is made.
        preset: the policy's, and what else the document says, on lines of their own.
        processes: how many processes share the events.
        deciding: what else `build_decide` is told.
    """

    def __init__(self, folder: Path, preset: str, processes: int = 1, **deciding: Any) -> None:
        path = folder / "community.db"
        make_database(path)
        self._database = SqliteDatabase(path)
        self._clock = ManualClock()
        policies = Policies({"default": _policy(preset)})
        self._stores = stores_in(self._database)
        identity = Identity(
            server_name=OUR_NAME,
            user_id=f"@policy:{OUR_NAME}",
            server_key=make_key(OUR_NAME),
            policy_key=PolicySigningKey(b"p" * 32),
            display_name="Countersign",
        )
        self._rooms = {room_id: self._make_room(room_id, identity) for room_id in ROOMS}
        self._handed_over = HandedOver()
        self._processes = SimulatedProcesses(
            processes,
            identity,
            stores=self._stores,
            clock=self._clock,
            policies=policies,
            leaks=self._handed_over,
            **deciding,
        )
        self._measures = self._processes.leader.measures
        self._decide = self._processes.leader.decide
        self._follower = RoomFollower(
            identity,
            store=self._stores.rooms,
            key_ring=_KeysAtHand(),
            clock=self._clock,
            on_join=partial(_notice_join, self._measures, policies),
        )
        self._sent: dict[str, tuple[str, bool]] = {}
        self._signed: list[tuple[Sent, str]] = []
        self._is_stored = False

    async def close(self) -> None:
        await self._database.close()

    def _make_room(self, room_id: str, identity: Identity) -> Room:
        rules = get_room_version(VERSION)
        state = RoomState(room_id, rules)
        joined_ts = self._clock.now_ts() - 90 * 86_400_000
        creator = MODERATOR
        key = {"ed25519": identity.policy_key.verify_key.to_base64()}
        contents: list[tuple[str, str, str, dict[str, Any]]] = [
            ("m.room.create", "", creator, {"room_version": VERSION}),
            ("m.room.join_rules", "", creator, {"join_rule": "public"}),
            ("m.room.power_levels", "", creator, {"users": {MODERATOR: 100}}),
            ("m.room.policy", "", creator, {"via": OUR_NAME, "public_keys": key}),
        ]
        for user_id in (*MEMBERS, MODERATOR):
            name = user_id[1:].partition(":")[0].title()
            content = {"membership": "join", "displayname": name}
            contents.append(("m.room.member", user_id, user_id, content))
        for depth, (event_type, state_key, sender, content) in enumerate(contents, 1):
            event_id = f"${event_type}{state_key}"
            state.apply(
                StateEvent(
                    event_type, state_key, sender, content, event_id, depth, joined_ts, joined_ts
                )
            )
        return Room(
            room_id=room_id,
            rules=rules,
            state=state,
            membership="joined",
            via=("example.org",),
            joined_ts=joined_ts,
        )

    async def play(self, sent: Iterable[Sent]) -> Outcome:
        """Have events decided in the order of their times, each by itself."""
        await self._store_rooms()
        outcome = Outcome()
        start = now = self._clock.monotonic()
        for number, each in enumerate(sorted(sent, key=lambda each: each.at_seconds)):
            due = start + each.at_seconds
            if due > now:
                self._clock.advance(due - now)
                now = due
            if each.if_refused and not self._sent.get(each.if_refused, ("", False))[1]:
                continue
            await self._processes.exchange()
            await self._decide_one(number, each, outcome)
        await self._processes.save_mutes()
        await self._hand_over(outcome)
        honest = {*outcome.newcomers, *MEMBERS, MODERATOR}
        mutes = await self._stores.moderation.mutes(ending_after_ts=0, limit=100_000)
        outcome.muted = honest.intersection(mute.user_id for mute in mutes)
        return outcome

    async def _hand_over(self, outcome: Outcome) -> None:
        if self._signed:
            await self._processes.hand_over()
        outcome.standing.update(
            sent.attack or sent.sender
            for sent, event_id in self._signed
            if event_id not in self._handed_over.event_ids
        )

    async def _store_rooms(self) -> None:
        if self._is_stored:
            return
        self._is_stored = True
        for room in self._rooms.values():
            stored = StoredRoom(
                room_id=room.room_id,
                room_version=VERSION,
                membership="joined",
                via=room.via,
                joined_ts=room.joined_ts,
                state=(),
                note="",
            )
            await self._stores.rooms.save(stored)

    async def _decide_one(self, number: int, sent: Sent, outcome: Outcome) -> None:
        room = self._rooms[sent.room_id]
        pdu = make_pdu(
            sent.sender,
            sent.type,
            resolved(sent.content, self._sent),
            room_id=sent.room_id,
            state_key=sent.state_key,
            depth=100 + number,
            origin_server_ts=self._clock.now_ts() + sent.ahead_ms,
            **sent.beside,
        )
        decide = self._processes.choose().decide
        recorded = await decide.run(pdu, room, sent.sender.partition(":")[2])
        decision = recorded.decision
        is_refused = decision.verdict is decisions.Verdict.REFUSE
        labels = [finding.label for finding in decision.findings]
        outcome.verdicts.append((sent, is_refused, labels))
        if sent.label:
            self._sent[sent.label] = (pdu.event_id, is_refused)
        if sent.is_abuse and not is_refused:
            self._signed.append((sent, pdu.event_id))
        if sent.is_counted:
            _count(outcome, sent, labels, is_refused=is_refused)
        if sent.type == "m.room.member":
            # Its server sends it to us, also what we refused.
            with suppress(Forbidden):
                await self._follower.follow(room, pdu)


@cache
def _policy(preset: str) -> Policy:
    return parse_policy(f"preset: {preset}".encode(), BUILTIN_FILTERS, read_presets())


def resolved(value: Any, known: Mapping[str, tuple[str, bool]]) -> Any:
    """Return what an event holds, with event IDs for labels; `known` has them, with more."""
    if isinstance(value, str) and value.startswith(REFERENCE):
        return known.get(value.removeprefix(REFERENCE), (value[:40], False))[0]
    if isinstance(value, dict):
        return {key: resolved(each, known) for key, each in value.items()}
    return [resolved(each, known) for each in value] if isinstance(value, list) else value


class _KeysAtHand:
    """The key ring of a follower whose people's servers need not be asked for keys."""

    def prefetch(self, servers: Iterable[str]) -> None:
        pass


def _notice_join(
    measures: Any, policies: Policies, room_id: str, user_id: str, sent_ts: int
) -> None:
    community = policies.for_room(room_id)
    measures.raid_joins.notice_join(
        community.name, community.policy.raid_rules, user_id, sent_ts=sent_ts
    )


def _count(outcome: Outcome, sent: Sent, labels: list[str], *, is_refused: bool) -> None:
    if is_refused:
        for label in labels:
            outcome.by_step[label] = outcome.by_step.get(label, 0) + 1
    if sent.is_abuse:
        outcome.abuse += 1
        outcome.abuse_refused += is_refused
        if not is_refused:
            outcome.missed.append(sent)
            outcome.passed[sent.attack or sent.sender] += 1
        return
    outcome.ham += 1
    if is_refused:
        outcome.ham_refused.append((sent, labels))
    if sent.sender not in MEMBERS and sent.sender != MODERATOR:
        outcome.newcomers[sent.sender] += 1
        if is_refused and outcome.newcomers[sent.sender] <= FIRST_EVENTS:
            outcome.hurt.add(sent.sender)


def refused(outcome: Outcome) -> list[tuple[str, Any, list[str]]]:
    """Return sender, body and labels of each honest event that was refused."""
    return [(sent.sender, sent.content.get("body"), labels) for sent, labels in outcome.ham_refused]
