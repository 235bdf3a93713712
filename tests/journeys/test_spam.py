"""Spam is refused in every kind of event, and the sender reads our text."""

import json

import pytest

from tests.journeys.conftest import SAYS, SPAM
from tests.journeys.rooms import assert_quiet_passage, refusal_of

pytestmark = pytest.mark.journey

ADVERT = f"Come and buy {SPAM.upper()} today!"


def send_message(user, room_id):
    user.say(room_id, ADVERT)


def send_formatted_message(user, room_id):
    content = {
        "msgtype": "m.text",
        "body": "hello",
        "format": "org.matrix.custom.html",
        "formatted_body": f"<b>hello</b> <i>{ADVERT}</i>",
    }
    user.send(room_id, "m.room.message", content)


def send_edit(user, room_id):
    """The fallback is harmless: only clients that know edits show the spam."""
    message_id = user.say(room_id, "hello")
    user.edit(room_id, message_id, ADVERT, fallback="* hello")


def send_caption(user, room_id):
    content = {"msgtype": "m.image", "body": ADVERT, "filename": "a.jpg", "url": "mxc://a.b/c"}
    user.send(room_id, "m.room.message", content)


def send_file_name(user, room_id):
    content = {"msgtype": "m.file", "body": "b", "filename": f"{SPAM}.pdf", "url": "mxc://a.b/c"}
    user.send(room_id, "m.room.message", content)


def send_reaction(user, room_id):
    message_id = user.say(room_id, "hello")
    user.react(room_id, message_id, ADVERT)


def send_topic(user, room_id):
    user.set_state(room_id, "m.room.topic", {"topic": ADVERT})


def send_poll(user, room_id):
    content = {
        "m.text": [{"body": "which?"}],
        "m.poll": {
            "kind": "m.disclosed",
            "question": {"m.text": [{"body": "which?"}]},
            "answers": [{"m.id": "1", "m.text": [{"body": ADVERT}]}],
        },
    }
    user.send(room_id, "m.poll.start", content)


VEHICLES = [
    send_message,
    send_formatted_message,
    send_edit,
    send_caption,
    send_file_name,
    send_reaction,
    send_poll,
]


def texts_seen_by(user, room):
    return json.dumps([event["content"] for event in user.messages(room.room_id)]).casefold()


@pytest.mark.parametrize("send", VEHICLES, ids=lambda send: send.__name__.removeprefix("send_"))
def test_spam_is_refused_on_both_homeservers(room, alice, bob, send):
    for sender, reader in ((alice, bob), (bob, alice)):
        refusal = refusal_of(lambda sender=sender: send(sender, room.room_id))

        assert refusal.status == 400
        assert refusal.errcode == "M_FORBIDDEN"
        assert SAYS in refusal.error
        assert_quiet_passage(room, sender, reader)
        assert SPAM not in texts_seen_by(sender, room)
        assert SPAM not in texts_seen_by(reader, room)


def test_the_sender_gets_a_reference_that_explains_the_refusal(room, bob, policy_server):
    refusal = refusal_of(lambda: send_message(bob, room.room_id))

    reference = refusal.body["org.countersign.reference"]
    assert reference in refusal.error
    assert refusal.body["org.matrix.msc4387.harms"]
    explanation = policy_server.run("decisions", "why", reference)
    assert "keyword" in explanation
    assert bob.user_id in explanation


def test_spam_in_a_topic_is_refused_and_the_topic_stays(room, alice, bob):
    alice.set_state(room.room_id, "m.room.topic", {"topic": "News"})

    refusal = refusal_of(lambda: send_topic(alice, room.room_id))

    assert (refusal.status, refusal.errcode) == (400, "M_FORBIDDEN")
    assert_quiet_passage(room, alice, bob)
    assert alice.state(room.room_id, "m.room.topic")["topic"] == "News"
    assert bob.state(room.room_id, "m.room.topic")["topic"] == "News"
