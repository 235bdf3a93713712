"""Simulated homeservers and rooms, whose events are hashed and signed as in a real federation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.protocol.canonical_json import JsonObject, encode_canonical
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.keys.signatures import sign_json
from countersign.protocol.room_versions import get_room_version
from countersign.testing.clocks import ManualClock
from countersign.testing.events import event_id_in
from countersign.testing.peers import Peer

Tamper = Callable[[JsonObject], JsonObject]


@dataclass
class Snapshot:
    """A room as one server sees it: its forward extremities, and its state."""

    latest: list[str]
    state: dict[tuple[str, str], JsonObject]


class FakeRoom:
    """A public room: its state, and its forward extremities."""

    def __init__(self, room_version: str, creator: Peer, *, name: str = "paper") -> None:
        self.version = room_version
        self.rules = get_room_version(room_version)
        self.state: dict[tuple[str, str], JsonObject] = {}
        self.depth = 0
        self._room_id = None if self.rules.room_id_is_create_hash else f"!{name}:example.org"
        self.events: dict[str, JsonObject] = {}
        self.state_before: dict[str, dict[tuple[str, str], JsonObject]] = {}
        self._latest: list[str] = []
        content: JsonObject = {"name_of_room": name}
        if room_version != "1":
            content["room_version"] = room_version
        if not self.rules.implicit_creator:
            content["creator"] = creator.user()
        self.add(creator, "m.room.create", content)
        self.add(creator, "m.room.member", {"membership": "join"}, state_key=creator.user())
        users = {} if self.rules.privileged_creators else {creator.user(): 100}
        self.add(creator, "m.room.power_levels", {"users": users})
        self.add(creator, "m.room.join_rules", {"join_rule": "public"})

    @property
    def room_id(self) -> str:
        if self._room_id is not None:
            return self._room_id
        return "!" + event_id_in(self.state["m.room.create", ""], self.version)[1:]

    def event(
        self, peer: Peer, event_type: str, content: JsonObject, *, state_key: str | None = "", **kw
    ) -> JsonObject:
        """Return the room's next event, without adding it."""
        is_create = event_type == "m.room.create"
        if self._room_id is not None or not is_create:
            kw.setdefault("room_id", self.room_id)
        return peer.event(
            event_type,
            content,
            **{
                "state_key": state_key,
                "room_version": self.version,
                "depth": self.depth + 1,
                "prev_events": self._latest,
                "auth_events": [] if is_create else self._auth_events(),
                **kw,
            },
        )

    def pdu(self, *args: Any, **kw: Any) -> Pdu:
        return parse_pdu(self.event(*args, **kw), self.rules)

    def pdu_of(self, event: JsonObject) -> Pdu:
        return parse_pdu(event, self.rules)

    def add(self, *args: Any, **kw: Any) -> JsonObject:
        """Make an event and add it to the room."""
        event = self.event(*args, **kw)
        self.accept(event)
        return event

    def join(self, peer: Peer, localpart: str = "alice", **content: Any) -> JsonObject:
        user_id = peer.user(localpart)
        content = {"membership": "join", **content}
        return self.add(peer, "m.room.member", content, sender=user_id, state_key=user_id)

    def accept(self, event: JsonObject) -> None:
        self.depth = event["depth"]
        event_id = event_id_in(event, self.version)
        self.events[event_id] = event
        self.state_before[event_id] = dict(self.state)
        if "state_key" in event:
            self.state[event["type"], event["state_key"]] = event
        self._latest = [event_id]

    def snapshot(self) -> Snapshot:
        return Snapshot(list(self._latest), dict(self.state))

    def membership_of(self, user_id: str) -> str | None:
        event = self.state.get(("m.room.member", user_id))
        return None if event is None else event["content"]["membership"]

    def template(self, user_id: str, membership: str) -> JsonObject:
        by_reference = self.pdu(Peer(), "m.room.member", {}, state_key=user_id).json
        auth_events = by_reference["auth_events"]
        if (own := self.state.get(("m.room.member", user_id))) is not None:
            auth_events = [*auth_events, *self.references([event_id_in(own, self.version)])]
        return {
            "room_version": self.version,
            "event": {
                "type": "m.room.member",
                "room_id": self.room_id,
                "sender": user_id,
                "state_key": user_id,
                "content": {"membership": membership},
                "origin": "ignored.example",
                "origin_server_ts": 1,
                "depth": by_reference["depth"],
                "auth_events": auth_events,
                "prev_events": by_reference["prev_events"],
            },
        }

    def references(self, event_ids: list[str]) -> list[Any]:
        by_hash = self.pdu(Peer(), "m.room.message", {}, state_key=None, prev_events=event_ids)
        return by_hash.json["prev_events"]

    def _auth_events(self) -> list[str]:
        named = [("m.room.create", ""), ("m.room.power_levels", ""), ("m.room.join_rules", "")]
        if self.rules.room_id_is_create_hash:
            del named[0]
        return [event_id_in(self.state[key], self.version) for key in named if key in self.state]


@dataclass
class FakeFederation:
    """A `FederationClient` whose peers are `Peer` and `FakeRoom`.

    `tamper` changes what a method answers, by its name; `on_send_leave` is called while the answer
    to our leave is being made.
    """

    clock: ManualClock
    peers: dict[str, Peer] = field(default_factory=dict)
    rooms: dict[str, FakeRoom] = field(default_factory=dict)
    offline: set[str] = field(default_factory=set)
    tamper: dict[str, Tamper] = field(default_factory=dict)
    refusal: PeerRefused | None = None
    on_send_leave: Callable[[], None] = lambda: None
    on_send_join: Callable[[], None] = lambda: None
    sent: list[JsonObject] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    views: dict[str, Snapshot] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    is_showing_all: bool = False
    transactions: list[tuple[str, str, JsonObject]] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    openid_tokens: dict[tuple[str, str], JsonObject] = field(default_factory=dict)

    def add_peer(self, server_name: str) -> Peer:
        return self.peers.setdefault(server_name, Peer(server_name))

    def add_room(self, room: FakeRoom) -> FakeRoom:
        self.rooms[room.room_id] = room
        return room

    async def server_keys(self, server: str) -> bytes:
        return self._ask("server_keys", server).key_document_bytes(self.clock.now_ts())

    async def query_keys(self, notary: str, question: JsonObject) -> bytes:
        """Return the keys of all peers, as a notary that fetched them while they were online."""
        witness = self._ask("query_keys", notary)
        asked = [self.peers[server] for server in question["server_keys"] if server in self.peers]
        documents = [peer.key_document(self.clock.now_ts()) for peer in asked]
        signed = [sign_json(document, notary, witness.key) for document in documents]
        return encode_canonical({"server_keys": signed})

    async def version(self, server: str) -> JsonObject:
        raise NotImplementedError

    async def make_join(self, server, room_id, user_id, room_versions) -> JsonObject:
        if room_id in self.rooms:
            assert self.rooms[room_id].version in room_versions
        room = self._room("make_join", server, room_id)
        return self._answer("make_join", room.template(user_id, "join"))

    async def send_join(self, server, room_id, event_id, event) -> JsonObject:
        room = self._room("send_join", server, room_id)
        self._check_sent(room, event_id, event)
        self.sent.append(event)
        state = list(room.state.values())
        room.accept(event)
        self.on_send_join()
        answer = {"state": state, "auth_chain": state, "event": event}
        return self._answer("send_join", answer)

    async def room_for_alias(self, server, alias) -> JsonObject:
        self._ask("room_for_alias", server)
        if alias not in self.aliases:
            raise PeerRefused(404, "M_NOT_FOUND", "There is no such alias")
        return {"room_id": self.aliases[alias], "servers": [server]}

    async def openid_userinfo(self, server, token) -> JsonObject:
        self._ask("openid_userinfo", server)
        if (server, token) not in self.openid_tokens:
            raise PeerRefused(401, "M_UNKNOWN_TOKEN", "Unknown token")
        return self.openid_tokens[server, token]

    async def make_leave(self, server, room_id, user_id) -> JsonObject:
        room = self._room("make_leave", server, room_id)
        view = self.views.get(server, room.snapshot())
        member = view.state.get(("m.room.member", user_id))
        is_there = member is not None and member["content"]["membership"] == "join"
        if not is_there and not self.is_showing_all:
            raise PeerRefused(403, "M_FORBIDDEN", "You are not in the room")
        template = room.template(user_id, "leave")
        template["event"]["prev_events"] = room.references(view.latest)
        return self._answer("make_leave", template)

    async def state_ids(self, server, room_id, event_id) -> JsonObject:
        room = self._room("state_ids", server, room_id)
        state = self._state_before(server, room, event_id)
        ids = [event_id_in(event, room.version) for event in state]
        return self._answer("state_ids", {"pdu_ids": ids, "auth_chain_ids": ids})

    async def state(self, server, room_id, event_id) -> JsonObject:
        room = self._room("state", server, room_id)
        state = self._state_before(server, room, event_id)
        return self._answer("state", {"pdus": state, "auth_chain": state})

    async def event(self, server, event_id) -> JsonObject:
        self._ask("event", server)
        for room in self.rooms.values():
            if event_id in room.events and event_id not in self.hidden:
                return self._answer("event", {"pdus": [room.events[event_id]]})
        raise PeerRefused(404, "M_NOT_FOUND", "Unknown event")

    def _state_before(self, server, room, event_id) -> list[JsonObject]:
        view = self.views.get(server)
        if view is not None and view.latest == [event_id]:
            # What the event itself set is not part of the state before it.
            latest = room.events[event_id]
            before = {**view.state}
            if "state_key" in latest:
                before.pop((latest["type"], latest["state_key"]), None)
            return list(before.values())
        return list(room.state_before[event_id].values())

    async def send_leave(self, server, room_id, event_id, event) -> None:
        room = self._room("send_leave", server, room_id)
        self._check_sent(room, event_id, event)
        self.sent.append(event)
        self.on_send_leave()
        room.accept(event)

    async def send_transaction(self, server, txn_id, transaction) -> None:
        self._ask("send_transaction", server)
        self.transactions.append((server, txn_id, transaction))

    def _ask(self, method: str, server: str) -> Peer:
        self.asked.append((method, server))
        if server in self.offline or server not in self.peers:
            raise PeerUnavailable(f"{server} cannot be reached")
        return self.peers[server]

    def _room(self, method: str, server: str, room_id: str) -> FakeRoom:
        self._ask(method, server)
        if self.refusal is not None:
            raise self.refusal
        if room_id not in self.rooms:
            raise PeerRefused(404, "M_NOT_FOUND", "Unknown room")
        return self.rooms[room_id]

    def _check_sent(self, room: FakeRoom, event_id: str, event: JsonObject) -> None:
        # Lied to about the version, we send another version's event.
        if "make_join" not in self.tamper:
            assert event_id_in(event, room.version) == event_id

    def _answer(self, method: str, answer: JsonObject) -> JsonObject:
        return self.tamper.get(method, lambda same: same)(answer)
