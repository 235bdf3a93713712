"""Tests of the judge, with right and wrong answers that are made without our own code."""

from random import Random  # noqa: TID251 - seeded

import pytest
from campaigns.homeservers import make_event, sign
from campaigns.http_fuzz import World
from campaigns.judge import Question, Verdict
from campaigns.seeds import make_seed
from campaigns.server import SPAM

from tests.blackbox import oracle


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(params=oracle.ROOM_VERSIONS, ids="v{}".format)
def room(request, world):
    return next(room for room in world.rooms if room.version == request.param)


def judged(world, event, **how):
    judge = how.pop("judge", None) or world.judge()
    body = oracle.canonical(event)
    return judge.judge(Question(body=body, requester=world.homeservers[1], **how)).verdict


def test_every_seed_is_right_and_proper(world, room):
    chance = Random(1)
    for number in range(60):
        seed = make_seed(chance, room, number)
        wanted = Verdict.REFUSE if seed.is_spam else Verdict.SIGN
        body = seed.event["content"].get("body", "")
        assert judged(world, seed.event, is_spam=seed.is_spam, spam_body=body) is wanted


def test_an_altered_copy_is_refused(world, room):
    event = sign(room, world.homeservers[0], make_event(room, world.homeservers[0], 1))

    assert judged(world, {**event, "content": {}}) is Verdict.REFUSE
    assert judged(world, oracle.redact(room.version, event)) is Verdict.REFUSE
    assert judged(world, {**event, "signatures": {}}) is Verdict.REFUSE
    assert judged(world, {**event, "depth": event["depth"] + 1}) is Verdict.REFUSE


def test_an_altered_copy_of_a_signed_event_may_be_signed(world, room):
    judge = world.judge()
    event = sign(room, world.homeservers[0], make_event(room, world.homeservers[0], 1))
    question = Question(body=oracle.canonical(event), requester=world.homeservers[1])
    judge.note(judge.judge(question), 200)

    assert judged(world, {**event, "content": {}}, judge=judge) is Verdict.SIGN


def test_another_servers_signature_is_none(world, room):
    sender, other = world.homeservers[:2]
    event = make_event(room, sender, 1)
    forged = oracle.hash_and_sign(room.version, event, sender.server_name, other.key)

    assert judged(world, forged) is Verdict.REFUSE


def test_an_event_of_the_wrong_shape_is_invalid(world, room):
    event = sign(room, world.homeservers[0], make_event(room, world.homeservers[0], 1))
    for broken in ({}, {**event, "type": 1}, {**event, "room_id": "!other:x"}):
        assert judged(world, broken) is Verdict.INVALID
    assert judged(world, event, is_authentic=False) is Verdict.INVALID


def test_spam_is_refused_and_no_other_is(world, room):
    content = {"msgtype": "m.text", "body": f"buy {SPAM}"}
    made = make_event(room, world.homeservers[0], 1, content=content)
    event = sign(room, world.homeservers[0], made)

    assert judged(world, event, is_spam=True, spam_body=content["body"]) is Verdict.REFUSE
    assert judged(world, event, is_spam=True, spam_body="another") is Verdict.EITHER
