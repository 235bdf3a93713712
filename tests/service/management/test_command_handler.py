"""Tests of commands in a management room: run once, for authorised people, with safe answers."""

import asyncio
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from countersign.policy.decisions import Decision
from countersign.policy.findings import Finding, Mode
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Role
from countersign.ports.stores.access import FrozenActor
from countersign.ports.stores.own_user.management import OwnMessage
from countersign.protocol.events.pdu import parse_pdu
from countersign.service.commands.review import incidents
from countersign.service.management.command_handler import (
    MAX_AGE_MS,
    MAX_WAITING,
    PER_PERSON,
    PER_ROOM,
    TOLD_AGE_MS,
    WITHOUT_ROLE,
)
from countersign.service.management.descriptions import DESCRIPTION
from countersign.service.management.wording import Wording
from countersign.service.own_events.sending import key_of
from countersign.testing.records import SIGN, make_recorded
from tests.contracts.stores.appeals import APPEAL, LIMITS
from tests.contracts.stores.reports import PLENTY, make_report
from tests.service.management.management_room import come_in, managing
from tests.waiting import until


@pytest.fixture
async def room(world, tmp_path):
    await come_in(world)
    async with managing(world, tmp_path) as room:
        yield room


async def refused(world, **changes):
    finding = Finding(
        filter="keyword",
        harm=Harm.SPAM,
        reason="see https://evil.example/ @room",
        says="No adverts.",
    )
    decision = Decision.from_findings((finding,), policy_revision="abc").known_by("words")
    made = make_recorded(decision=decision, room_id=world.room.room_id, **changes)
    recorded = replace(made, decided_ts=world.clock.now_ts())
    return await world.stores.decisions.record(recorded)


async def test_help_lists_what_can_be_written(room):
    text = await room.answer_to(room.mod, "!cs")

    for verb in (
        "status",
        "why",
        "allow",
        "spam",
        "raid",
        "mute",
        "trust",
        "rooms",
        "protect",
        "policy",
    ):
        assert f"!cs {verb}" in text


async def test_every_verb_answers(room):
    for count, (command, answer) in enumerate(
        {
            "!cs status": "Raid mode is off",
            "!CS whoami": "moderator, in the community default",
            "!cs raid": "Raid mode is off",
            "!cs mute": "muted: 0",
            "!cs trust @bob:bob.example": "is ",
            "!cs rooms": "Rooms: 1",
            "!cs policy": "Policy in force",
            "!cs refused": "Nothing was refused",
            "!cs refused for 30d": "At most 7d",
            "!cs refused keyword": "None.",
            "!cs refused keywrod": "No policy has that step. There are: keyword",
            "!cs refused @bob": "Not done: A user ID such as",
            "!cs policy history": "The policies",
            "!cs mode keyword shadow": "needs the role lead",
            "!cs mode keyword": "Write the step",
            "!cs appeals": "answer: 0",
            "!cs appeals grant": "Write appeals with",
            "!cs review": "Waiting for a moderator: 0",
            "!cs review take": "Write review",
            "!cs try": "Name a word",
            "!cs try free bitcoin": "The archive is off",
            "!cs dance": "There is no dance",
            "!cs mute end @bob:bob.example": "Not done: ",
            "!cs why nothing": "Not done: No decision is known",
            "!cs raid sideways": "Not done: Write raid",
            "!cs policy rollback": "needs the role lead",
        }.items()
    ):
        room.world.clock.advance(3)  # one in three seconds goes on for ever
        room.say(room.mod, command)
        assert answer in (await room.answers(count + 1))[count], command


async def test_raid_mode_begins_and_ends(room, world):
    assert "Raid mode is on until" in await room.answer_to(room.mod, "!cs raid on for 1h many came")
    (report,) = room.measures.raids.list_current()
    assert report.raid.because == "many came"

    assert "Raid mode is off" in await room.answer_to(room.mod, "!cs raid off")

    entries = await world.stores.audit.latest(limit=9)
    assert {(entry.actor, entry.face) for entry in entries} == {(room.mod, "room")}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("!cs raid on Strict for 1h", "Raid mode is on (strict) until"),
        ("!cs raid on --strict --for 1h", "Raid mode is on (strict) until"),
        ("!cs raid on \N{EM DASH}strict \N{EM DASH}for 1h", "Raid mode is on (strict) until"),
        ("!cs raid on arrivals", "Raid mode is on (strict for who came since"),
        ("!cs raid on --strict --came-within 30m", "There are no options here"),
        ("!cs raid on --stritc", "There are no options here"),
        ("!cs raid on spam -- a lot", "Raid mode is on until"),
    ],
)
async def test_options_of_the_command_line_are_words_or_refused(room, text, answer):
    assert answer in await room.answer_to(room.mod, text)


async def test_a_lead_mutes_several_people_and_ends_that(room, world):
    lead, people = world.alice.user(), "@a:evil.example @b:evil.example"
    assert "needs the role lead" in await room.answer_to(room.mod, f"!cs mute many {people}")

    begun = await room.answer_to(lead, f"!cs mute many {people} {room.mod} for 2h a raid")

    assert "2 people are muted until" in begun
    assert "moderates a room" in begun
    known = await room.measures.trust.find("default", "@a:evil.example")
    assert (known.given, known.given_reason) == (Trust.BANNED, "a raid")
    ended = await room.answer_to(lead, f"!cs mute end-many {people}")
    assert "2 people may write again" in ended
    recorded = await refused(world)
    of_incident = await room.answer_to(lead, f"!cs mute many incident {recorded.reference}")
    assert "people are muted until" in of_incident
    assert "Not done" in await room.answer_to(lead, "!cs mute many")


async def test_a_step_goes_into_shadow_and_back(room, world):
    lead = world.alice.user()

    assert "is in mode shadow" in await room.answer_to(lead, "!cs mode keyword shadow")
    (community,) = room.policies.all()
    assert community.policy.pipeline.steps[0].mode is Mode.SHADOW

    assert "In force again" in await room.answer_to(lead, "!cs policy rollback")
    (community,) = room.policies.all()
    assert community.policy.pipeline.steps[0].mode is Mode.ENFORCE
    assert lead.split(":")[0] in await room.answer_to(room.mod, "!cs policy history")


async def test_a_refusal_is_explained_and_allowed(room, world):
    recorded = await refused(world)

    why = await room.answer_to(room.mod, f"!cs why {recorded.reference}")
    assert "refused" in why
    assert "spam" in why
    assert "Sender @" in why

    allowed = await room.answer_to(room.mod, f"!cs allow {recorded.reference} for 2h")
    assert recorded.reference in allowed
    assert room.measures.allowances.find(recorded, "default") is not None


async def test_refusals_are_listed_by_step_and_one_by_one(room, world):
    recorded = await refused(world)

    by_step = await room.answer_to(room.mod, "!cs refused")
    assert "keyword: 1 refused, 1 people" in by_step
    for name in ("keyword", recorded.sender):
        assert recorded.reference in await room.answer_to(room.mod, f"!cs refused {name}")


async def test_strangers_text_is_made_harmless(room, world):
    recorded = await refused(world, sender="@a.b:evil.example")
    room.say(room.mod, f"!cs why {recorded.reference}")
    await room.answers(1)

    (event,) = room.heard()
    content = event["content"]
    assert content["m.mentions"] == {}
    assert content["msgtype"] == "m.notice"
    for text in (content["body"], content["formatted_body"]):
        assert "evil.example" not in text
        assert "https:" not in text
        assert "evil[.]example" in text


async def test_somebody_without_power_is_refused_and_nothing_happens(room):
    text = await room.answer_to(room.bob, "!cs raid on")

    assert "you have no role here" in text
    assert room.measures.raids.list_current() == []


async def test_the_settings_name_a_role_whatever_the_power(world, tmp_path):
    await come_in(world)
    bob = world.bob.user("bob")
    async with managing(world, tmp_path, moderators={bob: Role.JUNIOR}) as room:
        assert "junior, in the community" in await room.answer_to(bob, "!cs whoami")
        assert "needs the role moderator" in await room.answer_to(bob, "!cs raid on")


async def test_a_frozen_actor_is_let_in_no_more(room, world):
    frozen = FrozenActor(actor=room.mod, frozen_ts=1, frozen_by="operator", reason="")
    await world.stores.access.freeze(frozen)
    # As after a restart.
    async with managing(world, world.database.path.parent) as again:
        assert "Not done" in await again.answer_to(room.mod, "!cs raid on")


async def test_an_event_is_heeded_once_whatever_is_restarted(room, world, tmp_path):
    said = room.say(room.mod, "!cs raid on")
    await room.answers(1)
    room.measures.raids.end("default")

    room.handler.arrived(said)
    await room.answer_to(room.mod, "!cs raid")
    async with managing(world, tmp_path) as again:
        again.handler.arrived(said)
        assert "off" in await again.answer_to(room.mod, "!cs raid")
        assert again.measures.raids.list_current() == []


async def test_old_and_future_commands_are_told_and_not_executed(room):
    late = MAX_AGE_MS // 1_000 + 60
    for count, age_seconds in enumerate((late, -late)):
        room.say(room.mod, "!cs raid on", age_seconds=age_seconds)
        assert "Send it again" in (await room.answers(count + 1))[count]
    for age_seconds in (TOLD_AGE_MS // 1_000 + 60, -TOLD_AGE_MS // 1_000 - 60):
        room.say(room.mod, "!cs raid on", age_seconds=age_seconds)
    await room.answer_to(room.mod, "!cs whoami")

    assert len(room.heard()) == 3
    assert room.measures.raids.list_current() == []


async def test_other_messages_are_ignored(room):
    quoted = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$a"}}
    new = {"m.new_content": {"msgtype": "m.text", "body": "!cs raid on"}}
    room.say(room.mod, "!cs raid on", **quoted)
    room.say(room.mod, "!cs raid on", **new)
    room.say(room.mod, "say !cs raid on")
    room.say(room.mod, "!csraid on")
    room.say(room.mod, "!cs raid on " + "x" * 3_000)
    notice = room.event(room.mod, {"msgtype": "m.notice", "body": "!cs raid on"})
    room.handler.arrived(notice)
    room.handler.arrived(room.event(room.mod, {"msgtype": "m.text", "body": ["!cs"]}))
    await room.answer_to(room.mod, "!cs whoami")

    assert len(room.heard()) == 1
    assert room.measures.raids.list_current() == []


async def test_a_redacted_command_is_not_executed(room):
    said = room.event(room.mod, {"msgtype": "m.text", "body": "!cs raid on"})
    redaction = room.event(room.mod, {"redacts": said.event_id}, event_type="m.room.redaction")
    room.handler.arrived(said)
    room.handler.arrived(redaction)  # before the handler came to it
    await room.answer_to(room.mod, "!cs whoami")

    assert room.measures.raids.list_current() == []


async def test_only_who_may_redact_a_command_keeps_it_from_being_executed(room):
    said = room.event(room.mod, {"msgtype": "m.text", "body": "!cs raid on"})
    room.handler.arrived(
        room.event(room.bob, {"redacts": said.event_id}, event_type="m.room.redaction")
    )
    room.handler.arrived(said)
    await room.answers(1)
    assert len(room.measures.raids.list_current()) == 1

    other = room.event(room.mod, {"msgtype": "m.text", "body": "!cs raid off"})
    room.handler.arrived(
        room.event(room.mod, {"redacts": other.event_id}, event_type="m.room.redaction")
    )
    room.handler.arrived(other)  # after its redaction
    await room.answer_to(room.mod, "!cs whoami")
    assert len(room.measures.raids.list_current()) == 1


async def test_an_event_is_marked_as_spam_and_unmarked(room, world):
    recorded = await refused(world)

    assert "Marked as spam" in await room.answer_to(
        room.mod, f"!cs spam {recorded.reference} sold watches"
    )
    assert "marked as spam already" in await room.answer_to(
        room.mod, f"!cs spam {recorded.reference}"
    )
    assert "No spam any more" in await room.answer_to(
        room.mod, f"!cs spam not {recorded.reference}"
    )


async def test_an_incident_is_decided_on_one_example(room, world, monkeypatch):
    decisions = [await refused(world, number=number) for number in range(1, 5)]
    example = decisions[0].reference

    with monkeypatch.context() as patch:
        patch.setattr(incidents, "MAX_REFUSALS", 2)
        assert "Of the latest 2 refusals only." in await room.answer_to(room.mod, "!cs review")
    assert "You look at" in await room.answer_to(room.mod, f"!cs review take {example}")
    assert "allow, 4 decided" in await room.answer_to(
        room.mod, f"!cs review allow {example} for 2h a song"
    )
    assert all(room.measures.allowances.find(each, "default") for each in decisions)


async def reported(world, number, sender):
    """Have a member report something of somebody's that was signed; return its decision."""
    made = make_recorded(number, SIGN, room_id=world.room.room_id, sender=sender)
    recorded = await world.stores.decisions.record(replace(made, decided_ts=world.clock.now_ts()))
    report = make_report(
        key=recorded.key,
        reference=recorded.reference,
        sender=sender,
        room_id=recorded.room_id,
        made_ts=world.clock.now_ts(),
    )
    await world.stores.reports.add(report, PLENTY)
    return recorded


async def test_a_reported_event_is_listed_and_answered(room, world):
    recorded = await reported(world, 1, "@mallory:evil.example")

    listed = await room.answer_to(room.mod, "!cs review")
    assert f"{recorded.reference}: report, reported by 1" in listed
    assert "reporter1" not in listed
    answer = await room.answer_to(room.mod, f"!cs review keep {recorded.reference}")
    assert f"{recorded.reference}: keep, 1 decided." in answer
    assert "Waiting for a moderator: 0" in await room.answer_to(room.mod, "!cs review")


async def test_a_reported_person_in_the_room_is_not_named_there(room, world):
    recorded = await reported(world, 1, room.mod)

    listed = await room.answer_to(world.alice.user(), "!cs review")

    assert recorded.reference not in listed
    assert "Reports about people in this room: 1." in listed
    assert "people in this room" not in await room.answer_to(room.mod, "!cs review")
    own = await room.answer_to(room.mod, f"!cs review keep {recorded.reference}")
    assert "No refusal is known by" in own


async def test_an_appeal_is_read_and_answered(room, world):
    recorded = await refused(world)
    appeal = replace(
        APPEAL,
        key=recorded.key,
        reference=recorded.reference,
        community="default",
        room_id=recorded.room_id,
        text="It was a quote, see https://evil.example/",
        due_ts=world.clock.now_ts() + 1,
    )
    await world.stores.appeals.add(appeal, LIMITS)

    listed = await room.answer_to(room.mod, "!cs appeals")
    assert "wait for an answer: 1" in listed
    assert recorded.reference in listed
    shown = await room.answer_to(room.mod, f"!cs appeals {recorded.reference}")
    assert "It was a quote" in shown
    assert "https://" not in shown
    assert "granted" in await room.answer_to(room.mod, f"!cs appeals grant {recorded.reference} ok")
    assert room.measures.allowances.find(recorded, "default") is not None
    assert "answered before" in await room.answer_to(
        room.mod, f"!cs appeals uphold {recorded.reference}"
    )
    assert "answer: 0" in await room.answer_to(room.mod, "!cs appeals")


async def test_an_emptied_copy_is_no_command(room):
    said = room.event(room.mod, {"msgtype": "m.text", "body": "hello"})
    event = {**said.json, "content": {"msgtype": "m.text", "body": "!cs raid on"}}
    room.handler.arrived(parse_pdu(event, room.room.rules))
    await room.answer_to(room.mod, "!cs whoami")

    assert room.measures.raids.list_current() == []


async def test_nothing_is_heard_in_an_encrypted_room(room, world):
    algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
    encryption = world.room.add(world.alice, "m.room.encryption", algorithm)
    await world.rooms.follow(world.room.pdu_of(encryption))

    room.say(room.mod, "!cs raid on")
    await asyncio.sleep(0.1)

    assert room.heard() == []
    assert "is encrypted" in room.rooms.find_trouble(world.rooms.get)


async def test_too_many_commands_are_passed_over(room):
    for _ in range(PER_PERSON.burst + 5):
        room.say(room.mod, "!cs whoami")
    await room.answers(PER_PERSON.burst)
    await asyncio.sleep(0.2)

    assert len(room.heard()) == PER_PERSON.burst


async def test_members_without_a_role_do_not_use_up_the_commands_of_moderators(world, tmp_path):
    members = [f"bob{number}" for number in range(PER_ROOM.burst // PER_PERSON.burst + 1)]
    for each in members:
        world.room.join(world.bob, each)
    await come_in(world)
    async with managing(world, tmp_path) as room:
        for each in members:
            for _ in range(PER_PERSON.burst):
                room.say(world.bob.user(each), "!cs whoami")

        room.say(room.mod, "!cs whoami")
        *told, answer = await room.answers(WITHOUT_ROLE.burst + 1)

        assert all("no role" in text for text in told)
        assert "moderator" in answer


@pytest.mark.parametrize("body", ["hello", "!cs whoami"])
async def test_other_messages_do_not_displace_commands(room, world, body):
    for number in range(MAX_WAITING + 1):
        room.say(room.mod, "hello")
        room.say(world.alice.user(f"stranger{number}"), body)

    assert "moderator" in await room.answer_to(room.mod, "!cs whoami")


async def test_a_reaction_to_a_message_of_ours_is_a_button(room, world):
    recorded = await refused(world)
    alert = await room.messenger.say(
        room.management,
        key_of("an alert"),
        Wording.of("Something was refused."),
        references=[recorded.reference],
        is_alert=True,
    )
    await room.answers(1)
    room.react(room.bob, alert.event_id, "✅")
    assert "no role" in (await room.answers(2))[1]
    assert room.measures.allowances.find(recorded, "default") is None

    room.react(room.mod, alert.event_id, "✅\ufe0f")
    assert "Allowed until" in (await room.answers(3))[2]
    assert room.measures.allowances.find(recorded, "default") is not None
    room.react(room.mod, alert.event_id, "❓")
    assert recorded.reference in (await room.answers(4))[3]
    room.react(room.mod, alert.event_id, "👍")
    room.react(room.mod, "$elsewhere", "✅")
    await room.answer_to(room.mod, "!cs whoami")
    assert len(room.heard()) == 5


async def test_an_answer_to_an_alert_means_what_the_alert_is_about(room, world):
    recorded = await refused(world)
    alert = await room.messenger.say(
        room.management, key_of("a"), Wording.of("x"), references=[recorded.reference]
    )
    await room.answers(1)
    relation = {"m.in_reply_to": {"event_id": alert.event_id}}
    room.say(room.mod, "!cs why", **{"m.relates_to": relation})

    assert recorded.reference in (await room.answers(2))[1]


async def test_a_message_of_another_room_is_not_there(room, world):
    recorded = await refused(world)
    theirs = OwnMessage(
        key=b"t" * 32,
        community="theirs",
        room_id="!theirs:example.org",
        event_id="$theirs",
        references=(recorded.reference,),
        is_alert=True,
        sent_ts=world.clock.now_ts(),
    )
    await world.stores.management.save(theirs)

    room.react(room.mod, "$theirs", "✅")
    relation = {"m.in_reply_to": {"event_id": "$theirs"}}
    answer = await room.answer_to(room.mod, "!cs why", **{"m.relates_to": relation})

    assert "Give a reference" in answer
    assert room.measures.allowances.find(recorded, "default") is None


async def test_a_command_as_an_object_is_heeded(room):
    content = {
        "org.matrix.msc4391.command": {"command": "cs raid", "arguments": {"action": "on"}},
        "m.mentions": {"user_ids": ["@policy:policy.example.com"]},
    }
    await room.answer_to(room.mod, "/cs raid on", **content)

    assert len(room.measures.raids.list_current()) == 1


async def test_a_room_is_protected_where_our_user_may(world, tmp_path):
    await come_in(world, users={"@policy:policy.example.com": 50})
    async with managing(world, tmp_path) as room:
        text = await room.answer_to(room.mod, f"!cs protect {world.room.room_id}")
        assert "Our user sent m.room.policy" in text
        (event,) = room.heard("m.room.policy")
        assert event["state_key"] == ""
        assert event["content"]["via"] == "policy.example.com"


async def test_without_the_power_the_event_is_printed(room):
    text = await room.answer_to(room.mod, f"!cs protect {room.room.room_id}")

    assert "no power to send m[.]room[.]policy" in text
    assert '"via": "policy.example.com"' in text
    missing = await room.answer_to(room.mod, "!cs protect !elsewhere:example.org")
    assert "We are not in" in missing


async def test_an_alias_stays_with_the_room_that_it_named_first(world, tmp_path):
    await come_in(world)
    alias = "#mods:example.org"
    world.federation.aliases[alias] = world.room.room_id
    async with managing(world, tmp_path, name="#none:example.org") as room:
        assert not room.rooms.are_known
        assert "The room of #none:example.org is not known" in room.rooms.find_trouble(
            world.rooms.get
        )
    async with managing(world, tmp_path, name=alias) as room:
        assert room.rooms.are_known
        assert "moderator" in await room.answer_to(room.mod, "!cs whoami")
        world.federation.aliases[alias] = "!evil:example.org"
        await room.rooms.resolve()
        assert not room.rooms.is_management_room("!evil:example.org")
        assert "now names another room" in room.rooms.find_trouble(world.rooms.get)
    async with managing(world, tmp_path, name=alias) as room:
        assert room.rooms.is_management_room(world.room.room_id)


async def test_commands_are_described_where_our_user_may_send_state(world, tmp_path):
    await come_in(world, users={"@policy:policy.example.com": 50})
    async with managing(world, tmp_path) as room:
        descriptions = room.descriptions()
        await descriptions.describe(world.rooms.get(world.room.room_id))
        await until(lambda: len(room.heard(DESCRIPTION)) == len(room.answerer.verbs))
        raid = next(
            each for each in room.heard(DESCRIPTION) if each["content"]["command"] == "cs raid"
        )
        owned = sha256(b"cs raid@policy:policy.example.com").digest()
        assert raid["state_key"] == b64encode(owned).decode()
        assert raid["content"]["parameters"][0]["optional"]

        await descriptions.describe(world.rooms.get(world.room.room_id))
        await room.answer_to(room.mod, "!cs whoami")
        assert len(room.heard(DESCRIPTION)) == len(room.answerer.verbs)


async def test_elsewhere_nothing_is_described(room, world):
    await room.descriptions().describe(world.rooms.get(world.room.room_id))
    await room.answer_to(room.mod, "!cs whoami")

    assert room.heard(DESCRIPTION) == []
