"""A simulated homeserver that listens with TLS on a loopback address; tests set its answers."""

import asyncio
import json
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web
from examples.demo.loopback import free_port

from tests.blackbox import oracle
from tests.blackbox.fake_room import now_ts

DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class Received:
    """A request that reached a simulated homeserver."""

    method: str
    target: str
    authorization: str
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Loop:
    """An event loop in a thread of its own, for all simulated homeservers together."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def close(self):
        self.run(self._cut_off())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()

    async def _cut_off(self):
        """Close connections whose peer does not close TLS; a runner does not wait for them."""
        for transport in [*self.loop._transports.values()]:
            transport.abort()
        await asyncio.sleep(0)  # in which they are closed


class FakeHomeserver:
    """A homeserver of the federation that a test controls completely.

    Attributes:
        rooms: what it can be joined through, by room ID.
        received: every request that reached it, in order.
        lies: start of a path -> what to answer instead, given the truthful answer.
        more_keys: further entries of its key document's `verify_keys`, by `Key`.
        old_keys: pairs of `Key` and its `expired_ts`.
        valid_for_ms: how long its key document is good for.
        is_hanging: whether it takes requests and never answers.
    """

    def __init__(self, loop, authority, address):
        self.address = address
        self.port = free_port(address)
        self.server_name = f"{address}:{self.port}"
        self.key = oracle.Key(self.server_name)
        self.rooms = {}
        self.received = []
        self.lies = {}
        self.more_keys = []
        self.old_keys = []
        self.valid_for_ms = DAY_MS
        self.is_hanging = False
        self._loop = loop
        self._runner = None
        files = authority.issue(address)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(files.certificate, files.private_key)

    def user(self, localpart="alice"):
        return f"@{localpart}:{self.server_name}"

    def start(self):
        self._loop.run(self._start())

    def stop(self):
        if self._runner is not None:
            self._loop.run(self._runner.cleanup())
            self._runner = None

    def host(self, room):
        self.rooms[room.room_id] = room
        return room

    def requests_to(self, path):
        return [request for request in self.received if path in request.target]

    def key_document(self):
        document = {
            "server_name": self.server_name,
            "valid_until_ts": now_ts() + self.valid_for_ms,
            "verify_keys": {key.key_id: {"key": key.public} for key in (self.key, *self.more_keys)},
            "old_verify_keys": {
                key.key_id: {"key": key.public, "expired_ts": expired_ts}
                for key, expired_ts in self.old_keys
            },
        }
        return self.key.sign(document, self.server_name)

    def authorization(self, method, uri, destination, content=None, /, *, key=None, **changed):
        """Return an X-Matrix header as Synapse writes it; `changed` replaces what is signed."""
        key = key or self.key
        signed = {
            "method": method,
            "uri": uri,
            "origin": self.server_name,
            "destination": destination,
            **changed,
        }
        if content is not None:
            signed["content"] = content
        signed = {name: value for name, value in signed.items() if value is not None}
        signatures = key.sign(signed, self.server_name)["signatures"][self.server_name]
        return self.header(destination, key.key_id, signatures[key.key_id])

    def header(self, destination, key_id, signature):
        return (
            f'X-Matrix origin="{self.server_name}",key="{key_id}",sig="{signature}",'
            f'destination="{destination}"'
        )

    async def _start(self):
        application = web.Application(client_max_size=16 * 1024 * 1024)
        application.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, self.address, self.port, ssl_context=self._tls, reuse_address=True
        )
        await site.start()

    async def _answer(self, request):
        target = request.raw_path
        received = Received(
            request.method, target, request.headers.get("Authorization", ""), await request.read()
        )
        self.received.append(received)
        if self.is_hanging:
            await asyncio.sleep(3600)
        status, answer = self._truth(received)
        for path, lie in self.lies.items():
            if target.startswith(path):
                status, answer = lie(status, answer)
        if isinstance(answer, bytes):
            return web.Response(status=status, body=answer)
        return web.Response(
            status=status, body=oracle.canonical(answer), content_type="application/json"
        )

    def _truth(self, request):
        path = request.target.partition("?")[0]
        parts = [unquote(part) for part in path.strip("/").split("/")]
        match parts:
            case ["_matrix", "key", "v2", "server"]:
                return 200, self.key_document()
            case ["_matrix", "federation", "v1", "version"]:
                return 200, {"server": {"name": "fake", "version": "1"}}
            case ["_matrix", "federation", "v1", "make_join", room_id, user_id] if (
                room_id in self.rooms
            ):
                return 200, self.rooms[room_id].template(user_id, "join")
            case ["_matrix", "federation", "v1", "make_leave", room_id, user_id] if (
                room_id in self.rooms
            ):
                return 200, self.rooms[room_id].template(user_id, "leave")
            case ["_matrix", "federation", "v2", "send_join", room_id, _] if room_id in self.rooms:
                return 200, self._joined(self.rooms[room_id], request.json)
            case ["_matrix", "federation", "v1", "state_ids", room_id] if room_id in self.rooms:
                before = self.rooms[room_id].state_before_last()
                ids = [self.rooms[room_id].id_of(event) for event in before]
                return 200, {"pdu_ids": ids, "auth_chain_ids": []}
            case ["_matrix", "federation", "v1", "state", room_id] if room_id in self.rooms:
                before = self.rooms[room_id].state_before_last()
                return 200, {"pdus": before, "auth_chain": []}
            case ["_matrix", "federation", "v1", "event", event_id]:
                return self._event(event_id)
            case ["_matrix", "federation", "v2", "send_leave", room_id, _] if room_id in self.rooms:
                self.rooms[room_id].take(request.json)
                return 200, {}
            case ["_matrix", "federation", "v1", "send", _]:
                return 200, {"pdus": {}}
        return 404, {"errcode": "M_UNRECOGNIZED", "error": "no such endpoint"}

    def _event(self, event_id):
        for room in self.rooms.values():
            for event in (room.last, *room.state.values()):
                if room.id_of(event) == event_id:
                    return 200, {"origin": self.server_name, "pdus": [event]}
        return 404, {"errcode": "M_NOT_FOUND", "error": "no such event"}

    def _joined(self, room, event):
        state = list(room.state.values())
        room.take(event)
        return {
            "origin": self.server_name,
            "members_omitted": False,
            "auth_chain": state,
            "state": state,
            "event": event,
        }
