"""A real server with two communities, each of which owns one object of every kind.

Whoever has a token of the one must neither see nor change what is the other's.
"""

import asyncio
import hashlib
import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from campaigns.server import NO_LIMITS, Server
from countersign.bootstrap.stores import open_stores
from countersign.policy.decisions import RecordedDecision
from countersign.policy.measures.mutes import Mute
from countersign.policy.measures.runaway_guard import DroppedStep
from countersign.ports.stores.review.appeals import Appeal, AppealLimits
from countersign.testing.records import (
    REFUSE,
    make_leak,
    make_member,
    make_recorded,
    make_stored_room,
)

V1: Final = "/_countersign/v1"
TIMEOUT_SECONDS: Final = 60.0
SETTINGS: Final = f"{NO_LIMITS}policies: {{source: database}}\narchive: {{is_on: true}}\n"
OURS, OTHERS, NOBODYS = "a", "b", "n"
"""Names of communities: whose tokens ask, what they ask about, and one that there is not."""
ROLES: Final = ("read", "junior", "moderator", "lead")
IN_OUR_ROOM: Final = {"junior in our room": "junior", "lead in our room": "lead"}
"""Tokens of a single room, by what they are called here, with their roles."""

_LATELY_TS: Final = time.time_ns() // 1_000_000 - 3_600_000
PLENTY: Final = AppealLimits(since_ts=0, per_day=10, open_of_sender=10)
REFUSED: Final = replace(REFUSE, fingerprint="f00d", says=None)


@dataclass(frozen=True, slots=True)
class Belongings:
    """Names of what belongs to a community.

    Attributes:
        community: its name.
        room: the ID of its room.
        user: somebody of whom only this community knows.
        actor: the name of a token.
        decision: on an event in the room.
        number: from which the rest follows.
    """

    community: str
    room: str
    user: str
    actor: str
    decision: RecordedDecision
    number: int

    @property
    def policy(self) -> bytes:
        """Its policy's document."""
        filters = [{"keyword": {"words": ["spam"]}}]
        return json.dumps({"rooms": [self.room], "filters": filters}).encode()

    @property
    def marks(self) -> tuple[str, ...]:
        """Return the words that no answer to anybody else may hold."""
        event = self.decision
        reason = f"reason-of-{self.community}"
        link = f"{self.community}-shop.example"
        return (self.room, self.user, self.actor, event.reference, event.event_id, reason, link)


def belongings(community: str, number: int) -> Belongings:
    """Return what a community has; of one that there is not, what it would have."""
    room, user = f"!{community}:rooms.invalid", f"@{community}-victim:users.invalid"
    return Belongings(
        community=community,
        room=room,
        user=user,
        actor=f"{community}-holder",
        decision=replace(
            make_recorded(number, REFUSED, room_id=room, sender=user), decided_ts=_LATELY_TS
        ),
        number=number,
    )


OUR_OWN: Final = belongings(OURS, 1)
THEIRS: Final = belongings(OTHERS, 2)
UNKNOWN: Final = belongings(NOBODYS, 3)


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class TwoCommunities:
    """The server, and the tokens to ask it with.

    Attributes:
        server: the process.
        jobs: the ID of a backtest of each community.
        tokens: by role, of the community `OURS`; the operator's, and those of a single room, too.
    """

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder, settings=SETTINGS)
        self.tokens: dict[str, str] = {}
        self.jobs = {NOBODYS: "0123456789abcdef"}
        communities = folder / "communities"
        communities.mkdir()
        for each in (OUR_OWN, THEIRS):
            (communities / f"{each.community}.yaml").write_bytes(each.policy)
        asyncio.run(self._fill())

    def start(self) -> None:
        """Start the server, and have tokens made and communities moderated."""
        self.server.start()
        token_file = self.server.config.path(self.server.config.admin.token_file)
        self.tokens["operator"] = token_file.read_text().strip()
        for role in ROLES:
            self.tokens[role] = self._create_token(f"our-{role}", role, OURS)
        for name, role in IN_OUR_ROOM.items():
            self.tokens[name] = self._create_token(f"room-{role}", role, OURS, rooms=[OUR_OWN.room])
        for each in (OUR_OWN, THEIRS):
            self._create_token(each.actor, "moderator", each.community)
            where = {"community": each.community}
            why = {"reason": f"reason-of-{each.community}"}
            self._change("/raids/begin", {**where, **why})
            self._change("/trust", {**where, **why, "user_id": each.user, "level": "untrusted"})
            link = f"https://{each.community}-shop.example/offer"
            self._change("/indicators/add", {**where, "indicator": link})
            reference = {"reference": each.decision.reference}
            self._change("/reviews/hand-over", {**reference, "note": why["reason"]})
            begun = self._change("/backtests/start", {**where, "document": each.policy.decode()})
            self.jobs[each.community] = begun["job"]

    def ask(
        self, token: str, method: str, target: str, body: Mapping[str, Any] | None = None
    ) -> Reply:
        """Send one request."""
        written = None if body is None else json.dumps(body)
        host, _, port = self.address.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT_SECONDS)
        try:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            connection.request(method, target, written, headers)
            response = connection.getresponse()
            headers_of_answer = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, headers_of_answer, response.read())
        finally:
            connection.close()

    @property
    def address(self) -> str:
        """Host and port of the admin listener."""
        return self.server.config.admin_address_file.read_text(encoding="ascii").strip()

    def _change(self, path: str, body: Mapping[str, Any]) -> Any:
        reply = self.ask(self.tokens["operator"], "POST", V1 + path, body)
        assert reply.status == 200, reply.body
        return reply.json

    def _create_token(self, name: str, role: str, community: str, rooms: Sequence[str] = ()) -> str:
        body = {"name": name, "role": role, "communities": [community], "rooms": [*rooms]}
        token: str = self._change("/tokens/create", body)["token"]
        return token

    async def _fill(self) -> None:
        async with open_stores(self.server.config) as stores:
            for each in (OUR_OWN, THEIRS):
                state = [make_member(each.user)]
                await stores.rooms.save(replace(make_stored_room(state, room_id=each.room), via=()))
                await stores.decisions.record(each.decision)
                leak = make_leak(each.number, room_id=each.room, noticed_ts=_LATELY_TS)
                await stores.leaks.record(leak, ["webhook"], max_waiting=9)
                await stores.appeals.add(_appeal(each), PLENTY)
                mute = Mute(
                    community=each.community,
                    user_id=each.user,
                    rule="3 in 600 s: 60 s to 3600 s",
                    started_ts=_LATELY_TS,
                    until_ts=_LATELY_TS + 86_400_000,
                    times=1,
                )
                await stores.moderation.save_mutes([mute], forget_ended_before_ts=0)
                await stores.moderation.save_dropped(
                    DroppedStep(
                        community=each.community,
                        step="keyword",
                        policy_revision=hashlib.sha256(each.policy).hexdigest()[:12],
                        because=f"reason-of-{each.community}",
                        dropped_ts=1,
                    )
                )


def _appeal(of: Belongings) -> Appeal:
    decision = of.decision
    return Appeal(
        key=decision.key,
        reference=decision.reference,
        community=of.community,
        room_id=decision.room_id,
        sender=decision.sender,
        text=f"reason-of-{of.community}",
        language="en",
        made_ts=decision.decided_ts,
        due_ts=decision.decided_ts + 86_400_000,
    )
