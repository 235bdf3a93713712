"""After a kill in mid-traffic, every decided event is answered as before."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from examples.demo.loopback import wait_until
from examples.demo.matrix_client import MatrixError

from tests.journeys.conftest import SAYS, SPAM
from tests.journeys.rooms import assert_quiet_passage, refusal_of

pytestmark = pytest.mark.journey

ANSWERED = (200, 400)


def ask_until_killed(fake_homeserver, policy_server, events, *, answers_before_kill):
    """Ask about many events at once, kill the server in the midst; return the answers given."""
    answers = {}
    with ThreadPoolExecutor(8) as requesters:
        asked = {
            requesters.submit(fake_homeserver.ask, policy_server, event): index
            for index, event in enumerate(events)
        }
        for question in as_completed(asked):
            try:
                answers[asked[question]] = question.result()
            except (OSError, http.client.HTTPException):
                continue
            if len(answers) == answers_before_kill:
                policy_server.process.kill()
    return answers


def ask_once_warm(fake_homeserver, policy_server, event):
    """Ask until the answer is a decision: a server that has just started may say 503."""

    def decision():
        answer = fake_homeserver.ask(policy_server, event)
        return answer if answer[0] in ANSWERED else None

    return wait_until(decision, "Countersign decides again")


def test_the_same_events_get_the_same_answers_after_a_crash(
    room, bob, fake_homeserver, policy_server, policy
):
    events = [
        fake_homeserver.make_message(room, bob, f"{number}: {text}")
        for number in range(40)
        for text in ("nice weather", f"{SPAM} here")
    ]

    before = ask_until_killed(fake_homeserver, policy_server, events, answers_before_kill=30)
    # Under this policy everything would be decided anew the other way round.
    contrary = {"filters": [{"keyword": {"words": ["nice weather"]}, "says": "Other words."}]}
    policy_server.write_policy(contrary)
    policy_server.process.start()
    policy_server.wait_until_ready()
    try:
        after = {
            index: ask_once_warm(fake_homeserver, policy_server, events[index]) for index in before
        }
        fresh = fake_homeserver.make_message(room, bob, "nice weather, is it not")
        fresh_status, fresh_answer = fake_homeserver.ask(policy_server, fresh)
    finally:
        policy_server.write_policy(policy)
        policy_server.reload_policy()

    assert len(before) < len(events), "the crash came too late to be in mid-traffic"
    assert {status for status, _ in before.values()} == set(ANSWERED)
    assert after == before
    assert (fresh_status, fresh_answer["errcode"]) == (400, "M_FORBIDDEN")
    assert "Other words." in fresh_answer["error"]


@pytest.mark.any_room_version
def test_people_go_on_talking_after_a_crash(room, alice, bob, policy_server):
    sent, stop = [], threading.Event()
    warned = refusal_of(lambda: alice.say(room.room_id, f"{SPAM} before the crash"))

    def talk():
        while not stop.is_set():
            try:
                sent.append(alice.say(room.room_id, "and another thing"))
            except MatrixError as error:
                assert error.status >= 500  # noqa: PT017 - the rest of the try must go on

    with ThreadPoolExecutor(1) as talker:
        talking = talker.submit(talk)
        wait_until(lambda: len(sent) > 5, "Alice talks")
        policy_server.process.kill()
        policy_server.process.start()
        policy_server.wait_until_ready()
        so_far = len(sent)
        wait_until(lambda: len(sent) > so_far + 5, "Alice talks again")
        stop.set()
        talking.result()

    for event_id in sent:
        assert bob.wait_for_event(room.room_id, event_id)
    again = refusal_of(lambda: alice.say(room.room_id, f"{SPAM} after the crash"))
    assert warned.status == again.status == 400
    assert SAYS in again.error
    assert_quiet_passage(room, bob, alice)
