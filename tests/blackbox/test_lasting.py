"""Tests that decisions last: across SIGKILL, a changed policy, and servers that are away."""

import http.client
import threading
import time

import pytest

from tests.blackbox.program import KEYWORDS, SPAM
from tests.blackbox.wire import Requester, assert_refused, assert_signed
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.two_deployments
NEW_SPAM = "cheap hats"


@pytest.fixture(scope="module")
def mortal(make_program, make_room, join):
    program = make_program()
    program.rooms = [make_room(version, program, "lasting") for version in ("1", "11", "12")]
    join(program, program.rooms)
    return program


@pytest.fixture(scope="module")
def mortal_client(mortal):
    return Requester(mortal)


def events_of(program, server):
    """Return some good events and some spam, of all rooms."""
    made = []
    for room in program.rooms:
        for number in range(4):
            made.append((room, room.event(server), True))
            made.append((room, room.event(server, content={"body": f"{SPAM} {number}"}), False))
    return made


def answers_to(requester, events, server):
    return [requester.ask(event, server) for _, event, _ in events]


def assert_right(answers, events, program):
    for answer, (room, event, is_good) in zip(answers, events, strict=True):
        if is_good:
            assert_signed(answer, room, event, program)
        else:
            assert_refused(answer)


def restart(program):
    program.process.kill()
    program.start()


def test_a_restart_changes_no_answer(mortal, mortal_client, first, second):
    events = events_of(mortal, first)
    before = answers_to(mortal_client, events, first)
    assert_right(before, events, mortal)

    restart(mortal)
    mortal.wait_until_ready()

    after = answers_to(mortal_client, events, second)
    assert [answer.body for answer in after] == [answer.body for answer in before]


def test_while_it_starts_no_room_is_unknown(mortal, mortal_client, first):
    events = events_of(mortal, first)
    restart(mortal)
    deadline = time.monotonic() + PATIENCE_SECONDS  # noqa: TID251
    heard = []
    while (not heard or heard[-1] == 503) and time.monotonic() < deadline:  # noqa: TID251
        try:
            heard.append(mortal_client.ask(events[0][1], first).status)
        except OSError:
            time.sleep(0.005)

    assert heard[-1] == 200
    assert set(heard) <= {200, 503}
    assert_right(answers_to(mortal_client, events, first), events, mortal)


def test_answers_before_a_crash_in_mid_traffic_stand(mortal, first, second, third):
    answered = []
    stop = threading.Event()

    def ask_on(server):
        requester = Requester(mortal)
        while not stop.is_set():
            for room, event, is_good in events_of(mortal, server):
                try:
                    answer = requester.ask(event, server)
                except (OSError, http.client.HTTPException):
                    return
                answered.append((room, event, is_good, answer))

    threads = [threading.Thread(target=ask_on, args=[server]) for server in (first, second, third)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    mortal.process.kill()
    stop.set()
    for thread in threads:
        thread.join()
    mortal.start_and_wait()

    assert answered
    requester = Requester(mortal)
    for room, event, is_good, answer in answered:
        again = requester.ask(event, first)
        assert again.body == answer.body
        assert again.status == (200 if is_good else 400), (room.version, again.said)


def test_after_a_restart_it_needs_nobody_to_know_who_asks(mortal, mortal_client, first, second):
    """The keys that it knows are kept, so that nobody's outage is everybody's."""
    restart(mortal)
    first.stop()
    second.stop()
    try:
        mortal.wait_until_ready()
        events = events_of(mortal, second)
        assert_right(answers_to(mortal_client, events, first), events, mortal)
    finally:
        first.start()
        second.start()


def test_another_policy_decides_only_what_is_new(mortal, mortal_client, first):
    room = mortal.rooms[1]
    old = [(room, room.event(first, content={"body": f"{NEW_SPAM} {n}"}), True) for n in range(5)]
    old += events_of(mortal, first)
    before = answers_to(mortal_client, old, first)
    assert_right(before, old, mortal)

    words = {"filters": [{"keyword": {"words": [NEW_SPAM]}, "says": "No hats."}]}
    mortal.write_policy(words)
    mortal.reload_policy()
    _wait_for(lambda: _refuses(mortal_client, room, first, NEW_SPAM))

    after = answers_to(mortal_client, old, first)
    assert [answer.body for answer in after] == [answer.body for answer in before]
    assert not _refuses(mortal_client, room, first, SPAM)


def test_a_bad_policy_is_not_taken_over(mortal, mortal_client, first):
    room = mortal.rooms[1]
    mortal.write_policy(KEYWORDS)
    mortal.reload_policy()
    _wait_for(lambda: _refuses(mortal_client, room, first, SPAM))

    for bad in ({"filters": [{"nonsense": {}}]}, {"filters": 7}, {}):
        mortal.write_policy(bad)
        mortal.reload_policy()
        for _ in range(5):
            assert _refuses(mortal_client, room, first, SPAM)
            assert not _refuses(mortal_client, room, first, "fine weather")
            time.sleep(0.02)
    mortal.write_policy(KEYWORDS)
    mortal.reload_policy()


def test_no_request_is_lost_in_a_reload(mortal, mortal_client, first):
    room = mortal.rooms[1]
    for _ in range(20):
        mortal.reload_policy()
        event = room.event(first)
        assert_signed(mortal_client.ask(event, first), room, event, mortal)


def _refuses(requester, room, server, text):
    response = requester.ask(room.event(server, content={"body": text}), server)
    assert response.status in (200, 400), response.said
    return response.status == 400


def _wait_for(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS  # noqa: TID251
    while not condition():
        assert time.monotonic() < deadline  # noqa: TID251
        time.sleep(0.05)
