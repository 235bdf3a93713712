"""Kinds of findings over the wire: courtesies do not count, and moderators see the kind."""

import json

import pytest

from tests.blackbox.program import SPAM
from tests.blackbox.wire import Requester, assert_refused, assert_signed

POLICY = {
    "filters": [
        {"event-size": {"max_bytes": 2_000}},
        {"keyword": {"words": [SPAM]}, "kind": "evidence"},
        {"silence": {"after_refusals": 3, "silence_seconds": 300}},
    ]
}


@pytest.fixture(scope="module")
def muting(make_program, make_room, join):
    program = make_program()
    program.room = make_room("11", program, "muting")
    join(program, [program.room])
    program.write_policy(POLICY)
    program.reload_policy()
    return program


@pytest.fixture(scope="module")
def muting_client(muting):
    requester = Requester(muting)
    yield requester
    requester.connection.close()


def send(program, requester, server, body):
    event = program.room.event(server, content={"msgtype": "m.text", "body": body})
    return event, requester.ask(event, server)


def test_a_sender_above_a_rate_is_not_muted(muting, muting_client, first, second):
    for _ in range(5):
        _, answer = send(muting, muting_client, first, "long " * 500)
        assert_refused(answer)
    event, answer = send(muting, muting_client, first, "short")
    assert_signed(answer, muting.room, event, muting)

    for number in range(3):
        # The same words again would be a retry.
        _, answer = send(muting, muting_client, second, f"{SPAM} {number}")
        assert_refused(answer)
    _, answer = send(muting, muting_client, second, "short")
    assert_refused(answer)


def test_moderators_see_the_kind(muting, muting_client, third):
    _, answer = send(muting, muting_client, third, "long " * 500)
    reference = answer.json["org.countersign.reference"]

    assert "kind: courtesy" in muting.run("decisions", "why", reference)
    (shown,) = json.loads(muting.run("decisions", "why", reference, "--json"))
    assert [finding["kind"] for finding in shown["findings"]] == ["courtesy"]
    statistics = json.loads(muting.run("decisions", "stats", "--json"))["steps"]
    assert {"event-size": ["courtesy"]}.items() <= {
        step["step"]: step["kinds"] for step in statistics
    }.items()
