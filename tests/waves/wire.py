"""Scenarios over the wire: joins are sent to a served process, and the rest is to be signed."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from campaigns.homeservers import (
    Homeserver,
    Room,
    make_event,
    make_room,
    sign,
    signed_request,
    transaction_request,
)
from campaigns.server import NAME, Server
from campaigns.wire import Answer, Connection

from countersign.protocol.rooms.room_state import StateEvent
from tests.waves.simulated_community import MEMBERS, MODERATOR, Sent, resolved

_JOIN_RULES = "m.room.join_rules"


class AnsweredEvent(NamedTuple):
    """An event of a scenario, and the server's answer."""

    sent: Sent
    answer: Answer

    @property
    def is_refused(self) -> bool:
        return self.answer.status == 400 and b"M_FORBIDDEN" in self.answer.body


class Wire:
    """One room over the wire, of simulated homeservers whose keys we have.

    Time is real, so that scenarios are played in a few seconds; a server's name becomes a loopback
    address, so that nobody is looked for.

    Args:
        folder: where the server's files go.
        sent: the scenario.
        policy: the policy file's text.
    """

    def __init__(self, folder: Path, sent: Iterable[Sent], policy: str) -> None:
        self._sent = sorted(sent, key=lambda each: each.at_seconds)
        names = {each.sender.partition(":")[2] for each in self._sent}
        names |= {user_id.partition(":")[2] for user_id in (*MEMBERS, MODERATOR)}
        addresses = (f"127.91.{place // 250}.{place % 250 + 1}:8448" for place in range(len(names)))
        self._homes = {
            name: Homeserver(address)
            for name, address in zip(sorted(names), addresses, strict=True)
        }
        first = self._homes[MODERATOR.partition(":")[2]]
        self._room = make_room("11", [first], "waves")
        self._owner = first
        self._labels: dict[str, tuple[str, bool]] = {}
        self._number = 0
        self.server = Server(folder, policy=policy)

    def play(self) -> list[AnsweredEvent]:
        """Return what the server answered, event by event; joins are sent to it after that."""
        self.server.fill([self._known_room()], self._homes.values())
        self.server.start()
        try:
            return asyncio.run(self._play())
        finally:
            self.server.stop()

    def _known_room(self) -> "_RoomWithPeople":
        people = [self._moved(user_id) for user_id in (*MEMBERS, MODERATOR)]
        return _RoomWithPeople(self._room, people)

    async def _play(self) -> list[AnsweredEvent]:
        connection = Connection(self.server.port)
        await self._send(connection, self._owner, _JOIN_RULES, {"join_rule": "public"},
                         self._owner.user(), "")  # fmt: skip
        told = []
        for each in self._sent:
            if each.if_refused and not self._labels.get(each.if_refused, ("", False))[1]:
                continue
            told.append(AnsweredEvent(each, await self._ask(connection, each)))
        connection.close()
        statuses = Counter(each.answer.status for each in told)
        assert set(statuses) <= {200, 400}, statuses
        return told

    async def _ask(self, connection: Connection, each: Sent) -> Answer:
        home = self._homes[each.sender.partition(":")[2]]
        state_key = self._moved(each.state_key) if each.state_key else each.state_key
        content = resolved(each.content, self._labels)
        event = self._event(home, each.type, content, self._moved(each.sender), state_key)
        answer = await connection.ask(signed_request(NAME, home, event))
        is_refused = answer.status != 200
        if each.label:
            # The tests need no event that exists: a reference is all that filters see.
            self._labels[each.label] = (f"${each.label}", is_refused)
        if each.type == "m.room.member":
            await connection.ask(transaction_request(NAME, home, event))
        return answer

    async def _send(
        self,
        connection: Connection,
        home: Homeserver,
        kind: str,
        content: dict[str, Any],
        sender: str,
        state_key: str,
    ) -> None:
        event = self._event(home, kind, content, sender, state_key)
        answer = await connection.ask(transaction_request(NAME, home, event))
        assert answer.status == 200, answer
        assert b"error" not in answer.body, answer.body

    def _event(
        self,
        home: Homeserver,
        kind: str,
        content: dict[str, Any],
        sender: str,
        state_key: str | None,
    ) -> dict[str, Any]:
        self._number += 1
        fields: dict[str, Any] = {} if state_key is None else {"state_key": state_key}
        now_ts = time.time_ns() // 1_000_000
        event = make_event(self._room, home, self._number, kind, content, sender=sender,
                           origin_server_ts=now_ts, depth=100 + self._number, **fields)  # fmt: skip
        return sign(self._room, home, event)

    def _moved(self, user_id: str) -> str:
        localpart, _, server = user_id.partition(":")
        return f"{localpart}:{self._homes[server].server_name}"


class _RoomWithPeople:
    """A room as the server keeps it, with these people in it since long ago."""

    def __init__(self, room: Room, people: Iterable[str]) -> None:
        self._room = room
        self._people = list(people)

    def stored(self, our_user: str, now_ts: int) -> Any:
        stored = self._room.stored(our_user, now_ts)
        members = [
            StateEvent(
                "m.room.member", user, user, {"membership": "join"}, f"${user}", 50, now_ts, now_ts
            )
            for user in self._people
        ]
        return replace(stored, state=(*stored.state, *members))
