"""A community of paper: people who have been in its rooms for long, newcomers, and a policy."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.bootstrap.judgement import build_decide, build_measures
from countersign.bootstrap.presets import read_presets
from countersign.policy.decisions import Verdict
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState, StateEvent, trimmed
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.identity import Identity
from countersign.service.policies.policies_in_force import Policies
from countersign.service.rooms.room import Room
from countersign.testing.clocks import ManualClock
from countersign.testing.events import make_key, make_pdu
from tests.databases import make_database

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


@dataclass(frozen=True)
class Sent:
    """An event as somebody sends it.

    Attributes:
        at_seconds: when, from the scenario's start on.
        is_abuse: whether a moderator would want it refused.
        ahead_ms: how far its own clock is ahead.
        beside: what else stands in the event, beside its content.
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


@dataclass
class Outcome:
    """What became of a scenario's events: refused ones and all, by kind, and by which steps."""

    abuse: int = 0
    abuse_refused: int = 0
    ham: int = 0
    ham_refused: list[tuple[Sent, list[str]]] = field(default_factory=list)
    missed: list[Sent] = field(default_factory=list)
    by_step: dict[str, int] = field(default_factory=dict)

    @property
    def abuse_refused_percent(self) -> float:
        return 100 * self.abuse_refused / self.abuse

    @property
    def ham_refused_percent(self) -> float:
        return 100 * len(self.ham_refused) / self.ham


class Neighbourhood:
    """Rooms with their people, and the real services that decide; events come unsigned."""

    def __init__(self, folder: Path, preset: str) -> None:
        path = folder / "neighbourhood.db"
        make_database(path)
        self._database = SqliteDatabase(path)
        self._clock = ManualClock()
        self._rooms = {room_id: self._make_room(room_id) for room_id in ROOMS}
        policy = parse_policy(f"preset: {preset}".encode(), BUILTIN_FILTERS, read_presets())
        stores = stores_in(self._database)
        self._decide = build_decide(
            Identity(
                server_name=OUR_NAME,
                user_id=f"@policy:{OUR_NAME}",
                server_key=make_key(OUR_NAME),
                policy_key=PolicySigningKey(b"p" * 32),
                display_name="Countersign",
            ),
            policies=Policies({"default": policy}),
            decisions=RecentDecisions(stores.decisions),
            clock=self._clock,
            measures=build_measures(stores, self._clock),
        )

    async def close(self) -> None:
        await self._database.close()

    def _make_room(self, room_id: str) -> Room:
        rules = get_room_version(VERSION)
        state = RoomState(room_id, rules)
        joined_ts = self._clock.now_ts() - 90 * 86_400_000
        for user_id in (*MEMBERS, MODERATOR):
            name = user_id[1:].partition(":")[0].title()
            content = {"membership": "join", "displayname": name}
            event_id = f"${user_id}"
            state.apply(
                StateEvent("m.room.member", user_id, user_id, content, event_id, 2, 0, joined_ts)
            )
        levels = {"users": {MODERATOR: 100}}
        state.apply(
            StateEvent("m.room.power_levels", "", MODERATOR, levels, "$levels", 3, 0, joined_ts)
        )
        return Room(
            room_id=room_id,
            rules=rules,
            state=state,
            membership="joined",
            via=("example.org",),
            joined_ts=joined_ts,
        )

    async def play(self, sent: list[Sent]) -> Outcome:
        """Have events decided in the order of their times, each by itself."""
        outcome = Outcome()
        start = now = self._clock.monotonic()
        for number, each in enumerate(sorted(sent, key=lambda each: each.at_seconds)):
            due = start + each.at_seconds
            if due > now:
                self._clock.advance(due - now)
                now = due
            await self._decide_one(number, each, outcome)
        return outcome

    async def _decide_one(self, number: int, sent: Sent, outcome: Outcome) -> None:
        room = self._rooms[sent.room_id]
        pdu = make_pdu(
            sent.sender,
            sent.type,
            sent.content,
            room_id=sent.room_id,
            state_key=sent.state_key,
            depth=100 + number,
            origin_server_ts=self._clock.now_ts() + sent.ahead_ms,
            **sent.beside,
        )
        recorded = await self._decide.run(pdu, room, sent.sender.partition(":")[2])
        decision = recorded.decision
        is_refused = decision.verdict is Verdict.REFUSE
        labels = [finding.label for finding in decision.findings]
        if is_refused:
            for label in labels:
                outcome.by_step[label] = outcome.by_step.get(label, 0) + 1
        if sent.is_abuse:
            outcome.abuse += 1
            outcome.abuse_refused += is_refused
            if not is_refused:
                outcome.missed.append(sent)
        else:
            outcome.ham += 1
            if is_refused:
                outcome.ham_refused.append((sent, labels))
        if sent.type == "m.room.member" and not is_refused:
            room.state.apply(replace(trimmed(pdu), known_since_ts=self._clock.now_ts()))
