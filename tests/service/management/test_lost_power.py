"""Tests that a moderator who lost their power gives no commands any more, in whatever form."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from countersign.ports.stores.own_user.management import OwnMessage
from countersign.service.own_events.sending import key_of
from tests.service.management.management_room import come_in, managing
from tests.service.management.test_command_handler import refused
from tests.service.sign_in.test_accounts import state_event
from tests.waiting import until


@pytest.fixture
async def room(world, tmp_path):
    await come_in(world)
    async with managing(world, tmp_path) as room:
        yield room


CHANGING = (
    "raid on",
    "trust @victim:example.org banned",
    "mute @victim:example.org",
    "allow {reference}",
    "spam {reference}",
    "mode keyword shadow",
    "policy rollback",
    "policy reload",
    "review take",
    "appeals deny {reference}",
    "reports spam {reference}",
    "confirm {reference}",
    "why {reference}",
    "refused",
    "appeals",
)


def what_is_stored(world):
    """Return all that is stored, but for what our user says and which commands it has heard."""
    own = ("management_heeded", "management_messages", "own_redactions", "redactions_sent")
    with closing(sqlite3.connect(world.database.path)) as driver:
        tables = driver.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {
            name: driver.execute(f"SELECT * FROM {name}").fetchall()
            for (name,) in tables
            if name not in (*own, "audit", "changes", "sqlite_sequence")
        }


def loses_power(world, room):
    levels = {"users": {world.alice.user(): 100, room.mod: 49}}
    event = world.room.add(world.alice, "m.room.power_levels", levels)
    changed = state_event(world, "m.room.power_levels", "", levels)
    changed = replace(changed, event_id=world.room.pdu_of(event).event_id)
    world.rooms.get(world.room.room_id).state.apply(changed)


def leaves(world, room):
    world.rooms.get(world.room.room_id).state.apply(
        state_event(world, "m.room.member", room.mod, {"membership": "leave"})
    )


def is_banned(world, room):
    world.rooms.get(world.room.room_id).state.apply(
        state_event(world, "m.room.member", room.mod, {"membership": "ban"})
    )


def stays(world, room):
    """Keep the power, to show that the commands below would do something."""


@pytest.mark.parametrize("becomes", [loses_power, leaves, is_banned, stays])
async def test_a_former_moderator_changes_and_reads_nothing(room, world, becomes):
    recorded = await refused(world)
    alert = OwnMessage(
        key=key_of("an alert"),
        community="default",
        room_id=world.room.room_id,
        event_id="$alert",
        references=(recorded.reference,),
        is_alert=True,
        sent_ts=world.clock.now_ts(),
    )
    await world.stores.management.save(alert)
    begun = [
        room.event(room.mod, {"msgtype": "m.text", "body": "!cs raid on"})
    ]  # still a moderator
    becomes(world, room)
    before = what_is_stored(world)

    for pdu in begun:
        room.handler.arrived(pdu)
    for count, command in enumerate(CHANGING):
        world.clock.advance(10)
        words = f"!cs {command.format(reference=recorded.reference)}"
        age_seconds = 120 if count % 2 else 0  # as if it came from before
        thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": "$alert"}}
        reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$alert"}}}
        room.say(room.mod, words, age_seconds=age_seconds)
        room.say(room.mod, words, age_seconds=age_seconds, **thread)
        room.say(room.mod, words, age_seconds=age_seconds, **reply)
        room.react(room.mod, "$alert", "👍")
        room.react(room.mod, "$alert", "✅")
    # Lead Alice's command is answered after all of these.
    asked = room.say(world.alice.user(), "!cs whoami")
    await until(lambda: any(is_answer(event, asked) for event in room.heard()))

    texts = [event["content"]["body"] for event in room.heard() if not is_answer(event, asked)]
    if becomes is stays:
        assert what_is_stored(world) != before
        assert room.measures.raids.list_current()
        return
    assert what_is_stored(world) == before
    assert room.measures.raids.list_current() == []
    assert {text.startswith("Not done: you have no role here") for text in texts} <= {True}
    assert bool(texts) == (becomes is loses_power)


def is_answer(event, asked):
    relation = event["content"].get("m.relates_to", {})
    return relation.get("m.in_reply_to", {}).get("event_id") == asked.event_id
