"""Tests that numbers in answers fit into every database and JSON parser.

The creator of a room of version 12 stands above all power levels, and events of rooms before
version 6 may hold integers of 20 digits.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.blackbox.wire import Requester
from tests.waiting import PATIENCE_SECONDS

MAX_SAFE_INTEGER = 2**53 - 1
HUGE = 10**20 - 1


class Checker(ThreadingHTTPServer):
    """A program that policies ask; it lets everything pass and keeps what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _CheckerHandler)
        self.asked = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/check"


class _CheckerHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body))
        answer = b'{"action": "sign"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def checker():
    with Checker() as checker:
        yield checker
        checker.shutdown()


@pytest.fixture(scope="module")
def archiving(make_program, checker, make_room, join):
    """A program that archives, asks a checker, and has conditions on numbers; with its rooms."""
    program = make_program(archive={"is_on": True}, checkers={"numbers": {"url": checker.url}})
    program.write_policy(
        {
            "filters": [
                {"http-check": {"checker": "numbers"}},
                {"media-kind": {"max_bytes": 1_000_000}},
            ],
            "rules": [
                {
                    "name": "creators",
                    "when": 'sender.power_level > 1000000 && event.text == "who am i"',
                    "refuse": "You are the creator.",
                },
                {
                    "name": "large",
                    "when": 'event.content["number"] > 1000 && event.text == "large"',
                    "refuse": "That is large.",
                },
            ],
        }
    )
    program.run("policy", "activate", str(program.policy))
    rooms = {version: make_room(version, program, "numbers") for version in ("1", "5", "12")}
    join(program, rooms.values())
    return program, rooms


@pytest.fixture
def requester(archiving):
    requester = Requester(archiving[0])
    yield requester
    requester.connection.close()


def archived_events(program, room, at_least):
    """Return how many events of a room a backtest finds in the archive, once there are so many."""
    command = ("policy", "backtest", str(program.policy), "--room", room.room_id, "--json")
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while True:
        report = json.loads(program.run(*command))
        if report["events"] >= at_least or time.perf_counter() > deadline:
            return report["events"]
        time.sleep(0.2)


def test_the_creator_of_a_room_of_version_12_is_archived_and_checked(
    archiving, checker, requester, first
):
    program, rooms = archiving
    room = rooms["12"]

    answer = requester.ask(room.event(first), first)
    told = checker.asked[-1]
    refused = requester.ask(
        room.event(first, content={"msgtype": "m.text", "body": "who am i"}), first
    )

    assert answer.status == 200, answer.said
    assert told["sender"]["power_level"] == MAX_SAFE_INTEGER
    assert refused.json["error"].startswith("You are the creator."), refused.said
    assert archived_events(program, room, 2) == 2


@pytest.mark.parametrize("version", ["1", "5"])
def test_a_number_of_an_old_room_leaves_as_one_that_everyone_can_read(
    archiving, checker, requester, first, version
):
    program, rooms = archiving
    content = {"msgtype": "m.text", "body": "n", "number": HUGE, "deep": [{"n": -HUGE, "f": 0.5}]}

    answer = requester.ask(rooms[version].event(first, content=content), first)

    assert answer.status == 200, answer.said
    told = checker.asked[-1]["event"]["content"]
    assert told["number"] == MAX_SAFE_INTEGER
    assert told["deep"] == [{"n": -MAX_SAFE_INTEGER, "f": 0.5}]
    assert archived_events(program, rooms[version], 1) == 1


def test_a_number_too_large_for_a_condition_does_not_pass_it_by(archiving, requester, first):
    _, rooms = archiving
    content = {"msgtype": "m.text", "body": "large", "number": HUGE}

    answer = requester.ask(rooms["5"].event(first, content=content), first)

    assert answer.json["error"].startswith("That is large."), answer.said


def test_a_claimed_size_is_told_as_a_number_that_everyone_can_read(archiving, requester, first):
    program, rooms = archiving
    content = {"msgtype": "m.file", "body": "f", "url": "mxc://a.b/c", "info": {"size": HUGE}}

    answer = requester.ask(rooms["5"].event(first, content=content), first)

    assert answer.status == 400, answer.said
    (decision, *_) = json.loads(program.run("decisions", "list", "--json", "--limit", "1"))
    assert [finding["value"] for finding in decision["findings"]] == [MAX_SAFE_INTEGER]
