"""`countersign serve` as a child process, with a room stored before its start."""

import asyncio
import contextlib
import http.client
import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from countersign.bootstrap.stores import open_stores
from countersign.config import read_config
from countersign.ports.stores.rooms import StoredRoom
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.rooms.room_state import StateEvent
from countersign.testing.events import make_room_id
from countersign.testing.peers import Peer
from tests.deployments import settle
from tests.waiting import PATIENCE_SECONDS

PEER = Peer("example.org")
ROOM_ID = make_room_id("11", "the-room")
SIGN = "/_matrix/policy/v1/sign"


def get(port, path):
    """Return the status and body of an answer on this machine, as `(int, str)`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def ask_admin(home, path):
    """Return the status and text of an answer of a running server's admin listener."""
    address = (home.folder / "admin.address").read_text().strip()
    token = (home.folder / "admin.token").read_text().strip()
    connection = http.client.HTTPConnection(address, timeout=PATIENCE_SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def admin_metrics(home):
    """Return the metrics that the admin listener of a running server shows, as text."""
    return ask_admin(home, "/metrics")[1]


def ask_to_sign(event, name, port):
    """Ask the server for a signature, at a port of this machine; return status and JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request(
            "POST",
            SIGN,
            encode_canonical(event),
            {
                "Content-Type": "application/json",
                "Authorization": PEER.sign_request("POST", SIGN, name, event),
            },
        )
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


class RunningServer:
    """A server that runs with the settings of a `Home`; its output is read as it comes.

    Args:
        home: has the settings.
        process: `countersign serve`, just started, with pipes for its output in text.
    """

    def __init__(self, home, process):
        self.home = home
        self.out: list[str] = []
        self.err: list[str] = []
        self._process = process
        self._readers = [
            threading.Thread(target=self._gather, args=(stream, lines), daemon=True)
            for stream, lines in (
                (self._process.stdout, self.out),
                (self._process.stderr, self.err),
            )
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self):
        return self._process.pid

    @property
    def port(self):
        (url,) = [line.split()[-1] for line in self.out if "listens at" in line]
        return int(url.rpartition(":")[2])

    def wait_until_ready(self):
        # Its last line closes the JSON object that is ready to paste.
        self.wait_for(lambda: self.out and self.out[-1] == "}\n")

    def wait_for_log(self, words):
        """Return the log line that contains `words`, once it is there."""
        self.wait_for(lambda: any(words in line for line in self.err))
        return json.loads(next(line for line in self.err if words in line))

    def wait_for(self, condition):
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while not condition():
            said = "".join(self.out + self.err)
            assert self._process.poll() is None, f"the server ended:\n{said}"
            assert time.perf_counter() < deadline, f"nothing happened:\n{said}"
            time.sleep(0.02)

    def hang_up(self):
        self._process.send_signal(signal.SIGHUP)
        self.home.acted_at = time.perf_counter()

    def terminate(self, number=signal.SIGTERM):
        """Stop the server with SIGTERM; return its exit status."""
        self._process.send_signal(number)
        return self._process.wait(PATIENCE_SECONDS)

    def kill(self):
        """Kill the server, as in a crash."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait(PATIENCE_SECONDS)
        for reader in self._readers:
            reader.join()
        self._process.stdout.close()
        self._process.stderr.close()

    def ask(self, body, *, depth=10):
        """Ask for a signature on a message; return status and JSON."""
        content = {"msgtype": "m.text", "body": body}
        event = PEER.event(content=content, room_id=ROOM_ID, depth=depth)
        return self.ask_event(event)

    def ask_event(self, event):
        settle(self.home.acted_at)
        return ask_to_sign(event, read_config(self.home.config).server_name, self.port)

    @staticmethod
    def _gather(stream, lines):
        for line in stream:
            lines.append(line)


def put_in_room(
    home,
    *,
    room_policy=None,
    via=("example.org",),
    state=None,
    members=(),
    room_id=ROOM_ID,
    is_joined=True,
):
    """Store a room in the database of a server not started yet, with a peer whose keys it knows."""
    more = dict(state or {})
    if room_policy is not None:
        more["m.room.policy"] = room_policy
    putting = _put_in_room(read_config(home.config), more, via, members, room_id, is_joined)
    # In a thread of its own: in this one a browser's event loop may be running.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, putting).result()


async def _put_in_room(config, more, via, members, room_id, is_joined):
    now_ts = time.time_ns() // 1_000_000
    alice, ours = PEER.user(), config.user_id
    state = [
        _state("m.room.create", "", alice, {"room_version": "11"}),
        _state("m.room.member", alice, alice, {"membership": "join"}),
        *(_state("m.room.member", each, each, {"membership": "join"}) for each in [ours, *members]),
    ]
    more = {"m.room.power_levels": {"users": {alice: 100}}, **more}
    state += [_state(event_type, "", alice, content) for event_type, content in more.items()]
    async with open_stores(config) as stores:
        await stores.rooms.save(
            StoredRoom(
                room_id=room_id,
                room_version="11",
                membership="joined" if is_joined else "left",
                via=via,
                joined_ts=now_ts,
                state=tuple(state),
                note="",
            )
        )
        await stores.server_keys.save(PEER.server_keys(now_ts), PEER.key_document_bytes(now_ts))


def _state(event_type, state_key, sender, content):
    return StateEvent(
        type=event_type,
        state_key=state_key,
        sender=sender,
        content=content,
        event_id=f"${event_type}{state_key}",
        depth=1,
        origin_server_ts=1,
    )


class ServerInRoom:
    """Base of test classes with a running server whose user is in a room."""

    @pytest.fixture
    def home(self, home):
        put_in_room(home)
        return home

    @pytest.fixture
    def server(self, home, start):
        return start(home)
