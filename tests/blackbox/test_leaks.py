"""Tests of leaks: each refused event that reached its room is handed over for redaction once."""

import hmac
import http.server
import json
import threading
import time
from urllib.parse import quote

import pytest
from examples.demo.loopback import wait_until

from tests.blackbox import oracle
from tests.blackbox.fake_room import MEMBER, POLICY, POWER, now_ts
from tests.blackbox.program import SPAM
from tests.blackbox.test_joining import server_key_of
from tests.blackbox.wire import (
    POLICY_KEY_ID,
    Requester,
    assert_error,
    assert_refused,
    assert_signed,
)

SEND = "/_matrix/federation/v1/send/"
COMMAND = "org.matrix.policyserv.command"
SECRET = "a secret that only we two know"
SILENCE_SECONDS = 1.0


class Receiver:
    """A webhook's other end: plain HTTP on loopback; answers `status`."""

    def __init__(self):
        self.received = []
        self.status = 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((receiver.status, dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/leaks"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def taken(self, event_id):
        documents = [json.loads(body) for status, _, body in self.received if status == 200]
        return [each for each in documents if each["event_id"] == event_id]


class Watched:
    """A program that hands leaks over to a bot on a simulated homeserver and to a webhook."""

    def __init__(self, program, home, receiver, bot):
        self.program = program
        self.home = home
        self.receiver = receiver
        self.bot = bot
        self.requester = Requester(program)

    def push(self, origin, room, event):
        response = self.requester.send(origin, f"leak-{now_ts()}-{id(event)}", [event])
        assert response.status == 200, response.said
        assert response.json["pdus"] == {oracle.event_id_of(room.version, event): {}}

    def edus(self):
        """Return the content of every to-device message that reached the bot's homeserver."""
        pushed = [request.json for request in self.home.requests_to(SEND)]
        return [edu["content"] for transaction in pushed for edu in transaction["edus"]]

    def commands(self, event_id):
        """Return the commands about an event that reached the bot, whatever became of them."""
        found = [edu["messages"][self.bot]["*"] for edu in self.edus()]
        return [command for command in found if command["event_id"] == event_id]

    def wait_for(self, room, event):
        event_id = oracle.event_id_of(room.version, event)
        wait_until(
            lambda: self.commands(event_id) and self.receiver.taken(event_id),
            f"{event_id} is handed over",
            timeout_seconds=20,
        )
        return event_id

    def assert_silent(self, room, *events):
        """None of the events is handed over, while one that must be is."""
        spam = room.event(self.home, content={"body": f"{SPAM} {now_ts()}"})
        self.push(self.home, room, spam)
        self.wait_for(room, spam)
        time.sleep(SILENCE_SECONDS)
        for event in events:
            event_id = oracle.event_id_of(room.version, event)
            assert not self.commands(event_id)
            assert not self.receiver.taken(event_id)

    def leaks(self, *options):
        return json.loads(self.program.run("leaks", "list", "--json", *options))


def settings_for(tmp_path_factory, receiver, bot):
    secret = tmp_path_factory.mktemp("secret") / "webhook.secret"
    secret.write_text(f"{SECRET}\n")
    webhook = {
        "url": receiver.url,
        "secret_file": str(secret),
        "allow_networks": ["127.0.0.0/8"],
    }
    return {"redactions": {"bots": [bot], "webhooks": [webhook]}}


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def watched(make_program, first, receiver, tmp_path_factory):
    bot = first.user("moderation-bot")
    program = make_program(**settings_for(tmp_path_factory, receiver, bot))
    watched = Watched(program, first, receiver, bot)
    yield watched
    watched.requester.connection.close()


@pytest.fixture(scope="module")
def make_watched_room(watched, make_room, join):
    def make(version="11", name=None):
        room = make_room(version, watched.program, name or f"leaky-{now_ts()}")
        join(watched.program, [room])
        return room

    return make


@pytest.fixture(scope="module")
def leaky(make_watched_room):
    return make_watched_room()


def test_signed_events_are_left_alone(leaky, watched, first, second):
    ham = leaky.event(first)
    signed = leaky.event(second, sender=second.user("bob"))
    assert_signed(watched.requester.ask(signed, second), leaky, signed, watched.program)
    assert_signed(watched.requester.ask(signed, first), leaky, signed, watched.program)
    for event in (ham, signed):
        watched.push(first, leaky, event)

    watched.assert_silent(leaky, ham, signed)


def test_exits_and_the_rooms_choice_are_no_leaks(leaky, watched, first, second):
    bob = second.user("bob")
    leave = {"membership": "leave", "reason": SPAM}
    events = [
        leaky.event(first, POLICY, {**watched.program.room_policy(), "x": SPAM}, state_key=""),
        leaky.event(first, POWER, {**leaky.state[POWER, ""]["content"], "x": SPAM}, state_key=""),
        leaky.event(first, "m.room.redaction", {"reason": SPAM, "redacts": "$" + "a" * 43}),
        leaky.event(second, MEMBER, leave, state_key=bob, sender=bob),
    ]
    for event in events:
        watched.push(first, leaky, event)
    back = leaky.event(second, MEMBER, {"membership": "join"}, state_key=bob, sender=bob)
    watched.push(second, leaky, back)

    watched.assert_silent(leaky, *events)


def test_a_refused_event_that_stays_at_home_is_no_leak(leaky, watched, second):
    spam = leaky.event(second, content={"body": SPAM}, sender=second.user("bob"))
    for _ in range(2):
        assert_refused(watched.requester.ask(spam, second))

    watched.assert_silent(leaky, spam)


def test_an_event_of_the_past_of_a_room_that_did_not_name_us_is_no_leak(
    make_watched_room, watched, first, leaky
):
    room = make_watched_room()
    watched.push(first, room, room.add_state(first, POLICY, "", {}))
    spam = room.event(first, content={"body": SPAM})
    watched.push(first, room, spam)

    watched.assert_silent(leaky, spam)


def test_an_altered_copy_is_no_reason_to_redact_the_event(leaky, watched, first, second):
    ham = leaky.event(second, sender=second.user("bob"))
    watched.push(first, leaky, {**ham, "content": {"body": SPAM}})

    watched.assert_silent(leaky, ham)


@pytest.mark.parametrize("version", oracle.ROOM_VERSIONS)
def test_spam_that_arrives_is_handed_over_in_a_command_that_bots_believe(
    make_watched_room, watched, version, second
):
    room = make_watched_room(version, "spammed")
    spam = room.event(second, content={"body": SPAM}, sender=second.user("bob"))
    watched.push(second, room, spam)
    event_id = watched.wait_for(room, spam)

    (command,) = watched.commands(event_id)
    name = watched.program.server_name
    assert set(command) == {"command", "room_id", "event_id", "signatures"}
    assert (command["command"], command["room_id"]) == ("redact", room.room_id)
    assert set(command["signatures"]) == {name}
    assert set(command["signatures"][name]) == {POLICY_KEY_ID}
    assert oracle.json_signature_verifies(
        command, name, POLICY_KEY_ID, room.state[POLICY, ""]["content"]["public_keys"]["ed25519"]
    )
    (edu,) = [each for each in watched.edus() if command in each["messages"][watched.bot].values()]
    assert edu["type"] == COMMAND
    assert edu["sender"] == watched.program.user_id
    # And whoever asks hears that it is refused.
    assert_refused(watched.requester.ask(spam, second))


def test_our_transactions_are_signed_requests(leaky, watched, first):
    spam = leaky.event(first, content={"body": f"{SPAM} once more"})
    watched.push(first, leaky, spam)
    watched.wait_for(leaky, spam)

    request = watched.home.requests_to(SEND)[-1]
    assert request.method == "PUT"
    assert f'origin="{watched.program.server_name}"' in request.authorization
    assert request.json["origin"] == watched.program.server_name
    assert request.json["pdus"] == []


def test_the_webhook_hears_what_and_where_and_never_the_words(leaky, watched, receiver, second):
    bob = second.user("bob")
    spam = leaky.event(second, content={"body": f"{SPAM} for the hook"}, sender=bob)
    watched.push(second, leaky, spam)
    event_id = watched.wait_for(leaky, spam)

    (document,) = receiver.taken(event_id)
    assert document["type"] == "org.countersign.leak"
    assert (document["room_id"], document["sender"]) == (leaky.room_id, bob)
    assert (document["brought_by"], document["channel"]) == (second.server_name, "send")
    assert document["command"] == watched.commands(event_id)[0]
    (headers, body) = next(
        (headers, body)
        for _, headers, body in receiver.received
        if json.loads(body)["event_id"] == event_id
    )
    expected = hmac.digest(SECRET.encode(), body, "sha256").hex()
    assert headers["X-Countersign-Signature"] == f"sha256={expected}"
    assert SPAM.encode() not in body


def test_a_refused_event_that_others_ask_about_is_out(leaky, watched, first, second, third):
    spam = leaky.event(second, content={"body": SPAM}, sender=second.user("bob"))
    assert_refused(watched.requester.ask(spam, second))
    assert_refused(watched.requester.ask(spam, third))
    event_id = watched.wait_for(leaky, spam)

    (leak,) = [each for each in watched.leaks() if each["event_id"] == event_id]
    assert (leak["channel"], leak["brought_by"]) == ("sign", third.server_name)
    assert leak["is_secondhand"] is True


def test_a_server_that_is_not_in_the_room_proves_nothing(leaky, watched, second, make_homeserver):
    outsider = make_homeserver()
    spam = leaky.event(second, content={"body": SPAM}, sender=second.user("bob"))
    assert_refused(watched.requester.ask(spam, outsider))

    watched.assert_silent(leaky, spam)


def test_nothing_is_handed_over_twice(leaky, watched, first, second, third):
    spam = leaky.event(second, content={"body": SPAM}, sender=second.user("bob"))
    watched.push(second, leaky, spam)
    event_id = watched.wait_for(leaky, spam)
    for origin in (first, second, third):
        watched.push(origin, leaky, spam)
        assert_refused(watched.requester.ask(spam, origin))

    watched.assert_silent(leaky)
    assert len(watched.commands(event_id)) == 1
    assert len(watched.receiver.taken(event_id)) == 1


def test_leaks_are_listed(leaky, watched, first):
    spam = leaky.event(first, content={"body": f"{SPAM}, listed"})
    watched.push(first, leaky, spam)
    event_id = watched.wait_for(leaky, spam)

    def settled():
        (leak,) = watched.leaks("--room", leaky.room_id, "--limit", "1")
        states = {each["recipient"]: each["state"] for each in leak["hand_overs"]}
        return leak["event_id"] == event_id and states == {
            watched.bot: "done",
            watched.receiver.url: "done",
        }

    wait_until(settled, "both hand-overs are noted", timeout_seconds=10)
    assert watched.program.run("leaks", "list").count(event_id) == 1
    assert watched.leaks("--room", "!none:example.org") == []


def test_after_trouble_and_a_restart_it_is_handed_over_all_the_same(
    make_program, make_room, join, make_homeserver, first, second, tmp_path_factory
):
    receiver = Receiver()
    home = make_homeserver()
    bot = home.user("bot")
    program = make_program(**settings_for(tmp_path_factory, receiver, bot))
    watched = Watched(program, home, receiver, bot)
    room = make_room("11", program, f"restarted-{now_ts()}")
    join(program, [room])
    receiver.status = 500
    home.stop()
    spam = room.event(second, content={"body": SPAM}, sender=second.user("bob"))
    event_id = oracle.event_id_of(room.version, spam)

    watched.push(second, room, spam)
    wait_until(lambda: receiver.received, "the webhook is tried", timeout_seconds=10)
    program.process.kill()
    receiver.status = 200
    home.start()
    program.start_and_wait()
    watched.wait_for(room, spam)

    time.sleep(SILENCE_SECONDS)
    assert len(watched.commands(event_id)) == 1
    assert len(receiver.taken(event_id)) == 1
    ids = {json.loads(body)["id"] for _, _, body in receiver.received}
    assert len(ids) == 1, "every attempt has the same ID"
    watched.requester.connection.close()
    receiver.close()


def pushed_redactions(home, room):
    pushed = [pdu for request in home.requests_to(SEND) for pdu in request.json.get("pdus", [])]
    return [pdu for pdu in pushed if pdu["room_id"] == room.room_id]


def get_event(requester, event_id, origin):
    target = f"/_matrix/federation/v1/event/{quote(event_id)}"
    return requester.request("GET", target, origin=origin)


@pytest.mark.parametrize("version", ["1", "5", "10", "11", "12"])
def test_our_redaction_is_pushed_signed_for_who_asks_and_shown_to_the_room(
    make_program, make_room, join, make_homeserver, version, first, second
):
    program = make_program(redactions={"by_ourselves": True})
    room = make_room(version, program, f"redacted-{now_ts()}")
    levels = room.state[POWER, ""]["content"]
    users = {**levels.get("users", {}), program.user_id: 50}
    room.add_state(first, POWER, "", {**levels, "users": users})
    join(program, [room])
    requester = Requester(program)
    spam = room.event(second, content={"body": SPAM}, sender=second.user("bob"))
    assert requester.send(second, f"leak-{now_ts()}", [spam]).status == 200

    for home in (first, second):
        wait_until(
            lambda home=home: pushed_redactions(home, room),
            f"{home.server_name} is sent the redaction",
            timeout_seconds=20,
        )
    (redaction,) = pushed_redactions(first, room)
    assert pushed_redactions(second, room) == [redaction]
    redacts = redaction["content"] if version in ("11", "12") else redaction
    assert redacts["redacts"] == oracle.event_id_of(version, spam)
    assert redaction["hashes"]["sha256"] == oracle.content_hash(redaction)
    signatures = redaction["signatures"][program.server_name]
    key_id, server_key = server_key_of(program)
    policy_key = program.room_policy()["public_keys"]["ed25519"]
    for used, key in ((key_id, server_key), (POLICY_KEY_ID, policy_key)):
        assert oracle.signature_verifies(
            version, redaction, program.server_name, used, signatures[used], key
        )
    # Homeservers that take our signature for missing ask for it, as of any other event.
    assert_signed(requester.ask(redaction, second), room, redaction, program)
    event_id = oracle.event_id_of(version, redaction)
    shown = get_event(requester, event_id, second)
    assert (shown.status, shown.json["pdus"]) == (200, [redaction])
    stranger = make_homeserver()
    assert_error(get_event(requester, event_id, stranger), 404, "M_NOT_FOUND")
    assert_error(
        get_event(requester, oracle.event_id_of(version, spam), second), 404, "M_NOT_FOUND"
    )
    requester.connection.close()


def test_a_server_that_sends_nothing_of_what_it_had_signed_is_told_to_send_it_first(
    make_program, make_room, join, first, second
):
    program = make_program(limits={"unseen_signatures": 100})
    room = make_room("11", program, f"banked-{now_ts()}")
    join(program, [room])
    requester = Requester(program)
    kept = [room.event(second, sender=second.user("bob")) for _ in range(100)]
    for event in kept:
        assert_signed(requester.ask(event, second), room, event, program)

    late = room.event(second, sender=second.user("bob"))
    limited = requester.ask(late, second)
    assert_error(limited, 429, "M_LIMIT_EXCEEDED")
    assert limited.json["retry_after_ms"] > 0
    assert_signed(requester.ask(kept[0], second), room, kept[0], program)
    others = room.event(first)
    assert_signed(requester.ask(others, first), room, others, program)
    program.settle()
    (unseen, *_) = json.loads(program.run("leaks", "banked", "--json"))
    assert (unseen["server"], unseen["unseen"]) == (second.server_name, 100)

    assert requester.send(second, f"sent-{now_ts()}", kept[:50]).status == 200
    assert_signed(requester.ask(late, second), room, late, program)
    requester.connection.close()
