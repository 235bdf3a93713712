"""Tests of quotations in replies, checked against remembered messages."""

from dataclasses import replace

import pytest

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.questions.messages import TURNED_BACK_SECONDS, QuotesTruly, RelatedMessage
from countersign.policy.text.prose.quotations import quotable_lines
from countersign.service.answers.event_context import EventContext
from countersign.service.recent_messages.quotable_messages import (
    KEPT_FOR_MS,
    MAX_LINES,
    MAX_MESSAGES,
    QuotableMessages,
)
from countersign.testing.clocks import ManualClock
from tests.contracts.broadcasts import Hub
from tests.policy.quiet_community import make_event
from tests.waves.dice import quoting_reply

ALICE, EVE = "@alice:example.org", "@eve:example.org"
ROOM = "!room:example.org"
SAID = "Shall we meet at eight?\nI bring the *cake*."
SIGNED = Decision.from_findings((), policy_revision="r")
REFUSED = replace(SIGNED, verdict=Verdict.REFUSE)


class Conversation:
    """Messages of people, and the memory of them."""

    def __init__(self):
        self.messages = QuotableMessages()
        self.now_ts = 10 * KEPT_FOR_MS

    def context(self, content, sender=ALICE, room=ROOM):
        event = replace(make_event(content), sender=sender, room_id=room)
        return EventContext(
            community="a", policy=None, room=None, event=event, now=0, now_ts=self.now_ts
        )

    def say(self, body, event_id="$1", decision=SIGNED, sender=ALICE, room=ROOM, **more):
        content = {"msgtype": "m.text", "body": body, **more}
        self.messages.note(self.context(content, sender, room), decision, event_id)

    def is_true(self, quoted, event_id="$1", sender=ALICE, room=ROOM, drop=()):
        content = quoting_reply(event_id, sender, quoted, "yes", room)
        for key in drop:
            del content[key]
        return self.messages.answer(QuotesTruly(), self.context(content, EVE, room))


@pytest.fixture
def conversation():
    return Conversation()


def test_a_true_quotation_is_recognised_in_both_forms(conversation):
    html = "Shall we meet at <b>eight</b>?<br>I bring the <i>cake</i>."
    conversation.say(SAID, format="org.matrix.custom.html", formatted_body=html)

    assert conversation.is_true(SAID)
    assert conversation.is_true(SAID.split("\n", maxsplit=1)[0])
    assert conversation.is_true("Shall we meet at eight?\nI bring the cake.")
    assert conversation.is_true(SAID, drop=("format", "formatted_body"))
    assert conversation.is_true("shall we  meet at EIGHT?")


def test_a_false_quotation_is_recognised(conversation):
    conversation.say(SAID)

    assert not conversation.is_true("Earn 500 $ a day, write to t.me/abc")
    assert not conversation.is_true(f"{SAID}\nEarn 500 $ a day")
    assert not conversation.is_true(SAID, event_id="$other")
    assert not conversation.is_true(SAID, sender=EVE)
    assert not conversation.is_true(SAID, room="!other:example.org")


def test_nothing_but_a_short_line_of_the_client_may_stand_before_it_in_html(conversation):
    conversation.say(SAID)
    reply = quoting_reply("$1", ALICE, SAID, "yes")
    html = reply["formatted_body"]
    for header in (
        "In reply to Earn 500 a day now",
        "Write to t.me/abc",
        "In reply to " + "x" * 99,
    ):
        reply["formatted_body"] = html.replace("In reply to", header)
        assert not conversation.messages.answer(QuotesTruly(), conversation.context(reply, EVE))


def test_a_message_that_was_refused_was_not_said(conversation):
    conversation.say(SAID, decision=REFUSED)

    assert not conversation.is_true(SAID)


def test_an_answer_quotes_what_an_edit_made_of_a_message(conversation):
    conversation.say(SAID)
    edit = {
        "m.new_content": {"msgtype": "m.text", "body": "At nine."},
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"},
    }
    conversation.say("* At nine.", "$2", **edit)
    assert conversation.is_true("At nine.")
    assert conversation.is_true(SAID)

    forged = {**edit, "m.new_content": {"msgtype": "m.text", "body": "Earn 500 $ a day"}}
    conversation.say("* x", "$3", sender=EVE, **forged)
    assert not conversation.is_true("Earn 500 $ a day")


def test_an_answer_to_an_answer_quotes_its_own_words(conversation):
    conversation.say(SAID)
    reply = quoting_reply("$1", ALICE, SAID, "I come too.")
    conversation.messages.note(conversation.context(reply, EVE), SIGNED, "$2")

    assert conversation.is_true("I come too.", event_id="$2", sender=EVE)


def test_messages_are_remembered_for_a_day_up_to_a_limit(conversation):
    conversation.say(SAID)
    conversation.now_ts += KEPT_FOR_MS
    assert conversation.is_true(SAID)
    conversation.now_ts += 1
    assert not conversation.is_true(SAID)

    conversation.say(SAID, "$first")
    conversation.say("\n".join(f"line {number}" for number in range(MAX_LINES + 1)), "$long")
    assert conversation.is_true(f"line {MAX_LINES - 1}", event_id="$long")
    assert not conversation.is_true(f"line {MAX_LINES}", event_id="$long")
    for number in range(MAX_MESSAGES):
        conversation.say("hello", f"${number}")
    assert not conversation.is_true(SAID, event_id="$first")


def replying(event_id):
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}


def test_an_answer_turns_to_its_author_as_a_mention_does(conversation):
    conversation.say(SAID, sender=EVE)
    conversation.say("yes", "$2", **replying("$1"))
    conversation.say("hi", "$3", **{"m.mentions": {"user_ids": ["@bob:example.org", ALICE]}})

    asked = conversation.context({})
    assert conversation.messages.find("$2", asked).mentioned == (EVE,)
    assert conversation.messages.turned_to(ALICE, asked.now_ts) == {EVE, "@bob:example.org"}
    later_ts = asked.now_ts + TURNED_BACK_SECONDS * 1_000
    assert conversation.messages.turned_to(ALICE, later_ts + 1) == frozenset()
    assert conversation.messages.turned_to(EVE, asked.now_ts) == frozenset()


def test_whom_somebody_turned_to_is_forgotten_with_either_of_them(conversation):
    conversation.say(SAID, sender=EVE)
    conversation.say("yes", "$2", **replying("$1"))
    conversation.say("and you?", "$3", sender=EVE, **replying("$2"))
    conversation.messages.forget_person(EVE)

    now_ts = conversation.now_ts
    assert conversation.messages.turned_to(ALICE, now_ts) == frozenset()
    assert conversation.messages.turned_to(EVE, now_ts) == frozenset()


def test_somebody_to_whom_several_people_turned_is_forgotten(conversation):
    calls = {"m.mentions": {"user_ids": [EVE, "@dan:example.org"]}}
    for sender in ("@bob:example.org", ALICE, "@carol:example.org"):
        conversation.say("hello", f"${sender}", sender=sender, **calls)
    conversation.messages.forget_person(EVE)

    for sender in ("@bob:example.org", ALICE, "@carol:example.org"):
        turned_to = conversation.messages.turned_to(sender, conversation.now_ts)
        assert turned_to == {"@dan:example.org"}


async def test_people_and_rooms_are_forgotten(conversation):
    conversation.say(SAID)
    conversation.messages.forget_person(EVE)
    assert conversation.is_true(SAID)
    conversation.messages.forget_person(ALICE)
    assert not conversation.is_true(SAID)

    conversation.say(SAID)
    await conversation.messages.forget_room(ROOM)
    assert not conversation.is_true(SAID)


@pytest.mark.parametrize(
    "said", ["Hello there", " Hello  there ", "Hello\tthere", "HÉLLO there", ""]
)
def test_a_message_of_one_line_has_the_lines_of_a_longer_one(said):
    alone, among_others = quotable_lines({"body": said}), quotable_lines({"body": f"{said}\nx"})

    assert [*alone, "x"] == among_others


def test_a_related_message_is_found_as_it_was_sent_in_its_room(conversation):
    calls = {"m.mentions": {"user_ids": [EVE]}}
    conversation.say("hello Eve, how are you?", **calls)
    conversation.say("hello Eve, how are you? this grows", "$2", **{"m.relates_to": {
        "rel_type": "m.replace", "event_id": "$1"
    }})  # fmt: skip

    def find(event_id, room=ROOM):
        return conversation.messages.find(event_id, conversation.context({}, room=room))

    assert find("$1") == RelatedMessage(ALICE, len("hello Eve, how are you?"), (EVE,))
    assert find("$1", "!other:example.org") is None
    assert find("$2") is None
    conversation.messages.forget_person(EVE)
    assert find("$1") is None


def test_processes_share_messages_and_edits():
    hub, clock = Hub(), ManualClock()
    one, other = Conversation(), Conversation()
    for each in (one, other):
        each.now_ts = clock.now_ts()
        each.messages.share(hub.join(), clock)
    one.say(SAID, **{"m.mentions": {"user_ids": [EVE]}})
    found = other.messages.find("$1", other.context({}))

    assert other.messages.turned_to(ALICE, other.now_ts) == {EVE}
    assert other.is_true(SAID)
    assert found == RelatedMessage(ALICE, len(SAID), (EVE,))
    edit = {"rel_type": "m.replace", "event_id": "$1"}
    new = {"msgtype": "m.text", "body": "At nine."}
    other.say("* At nine.", "$2", **{"m.new_content": new, "m.relates_to": edit})
    assert one.is_true("At nine.")
    assert one.is_true(SAID)
