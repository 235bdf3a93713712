"""Tests of alerts: bounded in number, without text that a sender chose."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import pytest

from countersign.policy.decisions import Decision
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.measures.crowds import CAME_MS, NewcomerCrowd
from countersign.policy.measures.raid_mode import RaidRules, Strictness
from countersign.policy.measures.runaway_guard import DroppedStep
from countersign.policy.review.incidents import PAUSE_MS
from countersign.ports.stores.confirmations import Confirmation, ConfirmationState
from countersign.ports.stores.review.appeals import AppealState
from countersign.service.management.alerting.alert_state import MAX_MESSAGES, on_duty
from countersign.service.management.alerting.refusals import MAX_WAITING
from countersign.service.management.cleanup import KEPT_MS, ManagementCleanup
from countersign.service.management.moments import minute_of_day, weekday
from countersign.service.management.rooms import Duty, Management
from countersign.testing.records import make_recorded
from tests.contracts.stores.appeals import LIMITS, appeal
from tests.contracts.stores.reports import PLENTY, make_report
from tests.service.management.management_room import come_in, managing
from tests.service.own_events.sending import sent
from tests.waiting import until

PROTECTED = "!lounge:example.org"
ASKED = SimpleNamespace(community="default")


@pytest.fixture
async def room(world, tmp_path):
    await come_in(world)
    async with managing(world, tmp_path) as room:
        yield room


def refuse(room, number, *, step="keyword", kind=FindingKind.RULE, sender=None):
    """Have our server refuse an event; return the decision."""
    finding = Finding(
        filter="keyword", step=step, harm=Harm.FRAUD, reason="r", says="No.", kind=kind
    )
    recorded = make_recorded(
        number,
        Decision.from_findings((finding,), policy_revision="abc").known_by(f"words {number}"),
        room_id=PROTECTED,
        sender=sender or f"@spam{number}:evil.example",
    )
    recorded = replace(recorded, decided_ts=room.world.clock.now_ts())
    room.refusals.settled(ASKED, recorded)
    return recorded


def messages(room):
    """Return the texts of our messages, edits apart."""
    return [
        each["content"]["body"] for each in room.heard() if "m.new_content" not in each["content"]
    ]


async def settle(room, looks=1):
    for _ in range(looks):
        await room.alerts.send_due(room.management)
    store = room.world.stores.own_events
    newest = await store.newest(0)
    if newest:
        ((number, _),) = newest.values()
        await until(lambda: len(sent(room.world)) >= number)


async def test_an_incident_is_one_message_that_is_edited(room):
    first = refuse(room, 1)
    await settle(room)
    (text,) = messages(room)
    assert "Refused: spam.fraud, 1 event of 1 person, step keyword" in text
    assert first.reference in text
    assert "evil" not in text
    assert [each["content"]["m.relates_to"]["key"] for each in room.heard("m.reaction")] == [
        "✅",
        "🚫",
        "❓",
    ]

    room.world.clock.advance(60)
    for number in range(2, 30):
        refuse(room, number)
    await settle(room)
    await settle(room)

    assert len(messages(room)) == 1
    (edit,) = [each for each in room.heard() if "m.new_content" in each["content"]]
    assert "29 events of 29 people" in edit["content"]["m.new_content"]["body"]


async def test_a_reaction_allows_what_the_incident_is_about(room):
    decisions = [refuse(room, number) for number in (1, 2)]
    for each in decisions:
        await room.world.stores.decisions.record(each)
    await settle(room)
    alert = next(each for each in room.heard() if "m.new_content" not in each["content"])
    event_id = room.room.pdu_of(alert).event_id

    room.react(room.mod, event_id, "✅")
    text = (await room.answers(2))[1]

    assert all(each.reference in text for each in decisions)
    assert all(room.measures.allowances.find(each, "default") for each in decisions)


async def test_a_raid_of_a_thousand_accounts_makes_five_messages_at_most(room):
    for number in range(1_000):
        refuse(room, number, step=f"step {number % 40}")
        if number % 20 == 0:
            room.world.clock.advance(7)
            await room.alerts.send_due(room.management)
    await settle(room)
    room.world.clock.advance(60)
    await settle(room)

    texts = messages(room)
    assert len(texts) == MAX_MESSAGES == 5
    assert "Refused besides" in texts[-1]
    edits = [each for each in room.heard() if "m.new_content" in each["content"]]
    assert edits
    assert len(edits) <= 5 * 20
    told = edits[-1]["content"]["m.new_content"]["body"]
    assert "Refused besides" in told


async def test_after_an_hour_there_are_messages_again_and_after_a_restart_not_before(
    room, world, tmp_path
):
    for number in range(8):
        refuse(room, number, step=f"step {number}")
    await settle(room)
    assert len(messages(room)) == MAX_MESSAGES

    async with managing(world, tmp_path) as again:
        await again.alerts.restore()
        refuse(again, 100, step="another")
        await settle(again)
        assert len(messages(again)) == MAX_MESSAGES
        world.clock.advance(3_601)
        refuse(again, 101, step="yet another")
        await settle(again)
        assert len(messages(again)) > MAX_MESSAGES


async def test_courtesy_is_no_incident(room):
    refuse(room, 1, kind=FindingKind.COURTESY)
    await settle(room)

    assert room.heard() == []


async def test_quiet_hours_end_with_what_was_refused_in_them(world, tmp_path):
    await come_in(world)
    async with managing(world, tmp_path, quiet=(0, 24 * 60 - 1)) as room:
        refuse(room, 1)
        await settle(room)
        world.clock.advance(PAUSE_MS / 1_000 + 1)
        await settle(room)
        assert room.heard() == []

        minute = world.clock.now_ts() // 60_000 % (24 * 60)
        world.clock.advance((24 * 60 - 1 - minute) * 60)
        await settle(room)

    (text,) = messages(room)
    assert "Refused besides" in text
    assert "keyword: 1" in text


async def test_only_the_moderators_on_duty_are_mentioned(world, tmp_path):
    await come_in(world)
    now_ts = world.clock.now_ts()
    today, minute = weekday(now_ts), minute_of_day(now_ts)
    duty = {
        "@on:example.org": Duty(frozenset({today}), minute - 1, minute + 1),
        "@tomorrow:example.org": Duty(frozenset({(today + 1) % 7}), minute - 1, minute + 1),
        "@later:example.org": Duty(frozenset({today}), minute + 1, minute + 2),
    }
    async with managing(world, tmp_path, duty=duty) as room:
        refuse(room, 1)
        await settle(room)

    (alert,) = room.heard()
    assert alert["content"]["m.mentions"] == {"user_ids": ["@on:example.org"]}
    assert "On duty: @on:example.org" in alert["content"]["body"]


@pytest.mark.parametrize(
    ("moment", "called"),
    [
        ("2026-11-30T21:00", True),  # a Monday
        ("2026-12-01T05:59", True),
        ("2026-12-01T06:00", False),
        ("2026-11-30T05:00", False),
        ("2026-12-01T21:00", False),
    ],
)
def test_a_duty_over_midnight_is_of_the_day_that_it_begins_on(moment, called):
    duty = {"@a:example.org": Duty(frozenset({0}), 20 * 60, 6 * 60)}
    management = Management(community="default", name="!a:example.org", duty=duty)
    ts = round(datetime.fromisoformat(f"{moment}+00:00").timestamp() * 1_000)

    assert on_duty(management, ts) == (["@a:example.org"] if called else [])


async def test_a_raid_is_told_once(room):
    room.measures.raids.begin("default", RaidRules(), "many wrote alike", lasts_ms=None)
    await settle(room, looks=3)

    (text,) = messages(room)
    assert "Raid mode began" in text


async def test_the_alert_of_a_raid_has_its_buttons_once_across_a_restart(room, world, tmp_path):
    room.measures.raids.begin("default", RaidRules(), "many wrote alike", lasts_ms=None)
    await room.measures.raids.save()
    await settle(room)
    assert len(room.heard("m.reaction")) == 2

    async with managing(world, tmp_path) as again:
        await again.measures.raids.load()
        await again.alerts.restore()
        world.clock.advance(60)
        await settle(again, looks=2)

        assert len(messages(again)) == 1
        assert len(again.heard("m.reaction")) == 2


@pytest.fixture
def crowd(room, monkeypatch):
    """A crowd of the community, which a test may replace, in a list."""
    found = [NewcomerCrowd(people=24, messages=31, rooms=(PROTECTED,), usual=3)]

    async def find(community, policy):
        return found[0]

    monkeypatch.setattr(room.measures.crowds, "find", find)
    return found


async def test_a_crowd_is_told_once_and_edited_as_it_grows(room, crowd):
    await settle(room, looks=3)

    (text,) = messages(room)
    assert "24 came lately and wrote within ten minutes; on a usual day 3 do. 31 messages" in text
    assert "In !lounge:" in text
    assert [each["content"]["m.relates_to"]["key"] for each in room.heard("m.reaction")] == [
        "✋",
        "🔓",
    ]
    crowd[0] = replace(crowd[0], messages=80)
    room.world.clock.advance(60)
    await settle(room, looks=2)
    assert len(messages(room)) == 1
    assert "80 messages" in room.heard()[-1]["content"]["m.new_content"]["body"]


async def test_a_crowd_of_the_next_day_is_told_again(room, crowd):
    await settle(room)
    crowd[0] = None
    await settle(room)
    room.world.clock.advance(86_400)
    crowd[0] = NewcomerCrowd(people=40, messages=50, rooms=(PROTECTED,))
    await settle(room)

    assert len(messages(room)) == 2


async def test_a_moderator_holds_a_crowd_back_and_lets_it_go_by_a_reaction(room, crowd):
    await settle(room)
    (alert,) = room.heard()
    event_id = room.heard("m.reaction")[0]["content"]["m.relates_to"]["event_id"]
    assert "Unusually many newcomers" in alert["content"]["body"]
    told_ts = room.world.clock.now_ts()
    room.world.clock.advance(20 * 60)

    room.react(room.bob, event_id, "✋")
    assert "Not done" in (await room.answers(2))[1]
    room.react(room.mod, event_id, "✋\N{VARIATION SELECTOR-16}")
    assert "Raid mode is on (strict for who came since" in (await room.answers(3))[2]
    raid = room.measures.raids.report("default").raid
    assert raid.strict_since_ts == told_ts - CAME_MS
    assert raid.strict_until_ts == room.world.clock.now_ts() + 30 * 60_000
    room.react(room.mod, event_id, "🔓")
    assert "Raid mode is off" in (await room.answers(4))[3]
    assert room.measures.raids.list_current() == []


async def test_while_a_crowd_is_held_back_no_other_is_told(room, crowd):
    room.measures.raids.begin("default", RaidRules(), "a moderator said so", strict=Strictness())
    await settle(room, looks=2)

    (text,) = messages(room)
    assert "Raid mode began" in text


async def test_a_step_that_the_guard_drops_is_told_once(room):
    dropped = DroppedStep(
        community="default",
        step="keyword",
        policy_revision="abc",
        because="it refused 9 trusted people",
        dropped_ts=1,
    )
    await room.measures.guard.drop_again(dropped)
    await room.measures.guard.drop_again(replace(dropped, community="other"))
    await settle(room, looks=3)

    (text,) = messages(room)
    assert "has the step keyword only record" in text


async def test_an_encrypted_room_is_told_why_it_gets_nothing(room, world):
    algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
    encryption = world.room.add(world.alice, "m.room.encryption", algorithm)
    await world.rooms.follow(world.room.pdu_of(encryption))
    refuse(room, 1)
    await settle(room, looks=2)

    (text,) = messages(room)
    assert "This room is encrypted" in text


async def test_after_thirty_days_all_of_it_is_redacted(room, world):
    refuse(room, 1)
    await settle(room)
    stores = world.stores
    keeping = ManagementCleanup(
        room.messenger, store=stores.management, own_events=stores.own_events, clock=world.clock
    )
    await keeping.clean_up()
    assert room.heard("m.room.redaction") == []

    world.clock.advance(KEPT_MS / 1_000 + 1)
    said = {room.room.pdu_of(event).event_id for _, event in sent(world)}
    await keeping.clean_up()
    await until(lambda: len(room.heard("m.room.redaction")) == 4)
    await keeping.clean_up()

    assert {each["content"]["redacts"] for each in room.heard("m.room.redaction")} == said
    assert await stores.management.older_than(world.clock.now_ts(), 10) == []


def test_alerts_above_the_limit_are_not_queued(room):
    for number in range(MAX_WAITING + 1):
        room.refusals.settled(ASKED, make_refusal(number))
    room.refusals.settled(SimpleNamespace(community="other"), make_refusal(1))

    assert len(room.refusals.pop_queued()) == MAX_WAITING
    assert room.refusals.pop_queued() == []


def make_refusal(number):
    finding = Finding(filter="keyword", harm=Harm.SPAM, reason="r", says="No.")
    return make_recorded(number, Decision.from_findings((finding,), policy_revision="abc"))


def waiting(room, reference, *, community="default", actor="ann", **changes):
    now_ts = room.world.clock.now_ts()
    return Confirmation(
        reference=reference,
        command="privacy erase",
        community=community,
        actor=actor,
        face="dashboard",
        summary="erases @victim:example.org",
        parameters={"user_id": "@victim:example.org"},
        asked_ts=now_ts,
        expires_ts=now_ts + 86_400_000,
        **changes,
    )


async def test_alerts_of_waiting_commands_do_not_name_their_subject(room):
    store = room.world.stores.confirmations
    await store.add(waiting(room, "7F3K9-QX2MB"))
    await store.add(waiting(room, "5D2RC-K7H9A", community="lounge"))
    await store.add(waiting(room, "0Q8WJ-1MZ4T", community=None))

    await settle(room, looks=3)

    (text,) = messages(room)
    assert "A command waits for a second person:" in text
    assert "7F3K9-QX2MB privacy erase by ann, until" in text
    assert "!cs confirm 7F3K9-QX2MB" in text
    assert "victim" not in text
    assert not {"5D2RC-K7H9A", "0Q8WJ-1MZ4T"} & set(text.split())


async def test_waiting_alerts_are_one_message_an_hour_that_is_edited(room):
    """A lead, or who has their account, gives ten commands: the room has one message."""
    store = room.world.stores.confirmations
    for number in range(10):
        await store.add(waiting(room, f"7F3K9-0000{number}"))
        await settle(room)
        room.world.clock.advance(31)
    assert len(messages(room)) == 1
    newest = room.heard()[-1]["content"]["body"]
    assert "10 commands wait for a second person:" in newest

    for number in range(10):
        now_ts = room.world.clock.now_ts()
        await store.decide(f"7F3K9-0000{number}", ConfirmationState.DECLINED, "ben", now_ts)
    await settle(room)

    assert len(messages(room)) == 1
    assert "Nothing waits for a second person any more." in room.heard()[-1]["content"]["body"]


async def test_a_waiting_command_has_one_alert_across_a_restart(room, world, tmp_path):
    await room.world.stores.confirmations.add(waiting(room, "7F3K9-QX2MB"))
    await settle(room)
    assert len(messages(room)) == 1

    async with managing(world, tmp_path) as again:
        await again.alerts.restore()
        await settle(again)

        assert len(messages(again)) == 1


async def test_waiting_commands_keep_to_the_limit_of_messages(room):
    for number in range(MAX_MESSAGES + 3):
        refuse(room, number, step=f"step {number}")
        await settle(room)
    assert len(messages(room)) == MAX_MESSAGES

    await room.world.stores.confirmations.add(waiting(room, "7F3K9-QX2MB"))
    await settle(room)

    assert len(messages(room)) == MAX_MESSAGES


async def refuse_for_good(room, number, **changes):
    """Have our server refuse an event, and store that as it does."""
    recorded = refuse(room, number, **changes)
    await room.world.stores.decisions.record(recorded)
    return recorded


async def test_an_incident_goes_on_after_a_restart(room, world, tmp_path):
    for number in range(3):
        await refuse_for_good(room, number)
    await settle(room)
    (text,) = messages(room)
    assert "3 events of 3 people" in text

    async with managing(world, tmp_path) as again:
        await again.alerts.restore()
        await settle(again, looks=2)
        assert len(again.heard()) == 1, "nothing has changed, so nothing is edited"
        world.clock.advance(31)
        for number in range(3, 6):
            await refuse_for_good(again, number)
        await settle(again)

        assert len(messages(again)) == 1
        edited = again.heard()[-1]["content"]["m.new_content"]["body"]
        assert "6 events of 6 people" in edited
        assert len(again.heard("m.reaction")) == 3, "the buttons stand there once"


async def test_refusals_during_an_outage_of_alerts_are_counted(room, world, tmp_path):
    for number in range(2):
        await refuse_for_good(room, number)
    await settle(room)
    for number in range(2, 8):  # the program ends before its next look
        await refuse_for_good(room, number)

    async with managing(world, tmp_path) as again:
        await again.alerts.restore()
        world.clock.advance(31)
        await settle(again)
        assert "8 events of 8 people" in again.heard()[-1]["content"]["body"]


async def test_queued_refusals_are_not_counted_twice(room, world, tmp_path):
    await refuse_for_good(room, 1)
    await settle(room)

    async with managing(world, tmp_path) as again:
        for number in range(2, 4):
            await refuse_for_good(again, number)
        await again.alerts.restore()
        world.clock.advance(31)
        await settle(again)
        assert "3 events of 3 people" in again.heard()[-1]["content"]["body"]


async def test_a_digest_goes_on_after_a_restart(room, world, tmp_path):
    for number in range(MAX_MESSAGES + 3):
        await refuse_for_good(room, number, step=f"step {number}")
        await settle(room)
    assert len(messages(room)) == MAX_MESSAGES
    world.clock.advance(31)
    await settle(room)
    before = room.heard()[-1]["content"]["body"]
    assert "4 events." in before

    async with managing(world, tmp_path) as again:
        await again.alerts.restore()
        for number in range(20, 24):
            await refuse_for_good(again, number, step=f"step {number}")
        world.clock.advance(31)
        await settle(again)

        assert len(messages(again)) == MAX_MESSAGES
        assert "8 events." in again.heard()[-1]["content"]["body"]


async def test_an_incident_that_ended_before_a_restart_stays_as_it_was(room, world, tmp_path):
    await refuse_for_good(room, 1)
    await settle(room)
    world.clock.advance(PAUSE_MS / 1_000 + 60)

    async with managing(world, tmp_path) as again:
        await again.alerts.restore()
        await settle(again, looks=2)
        assert len(again.heard()) == 1
        await refuse_for_good(again, 2)
        await settle(again)
        assert len(messages(again)) == 2, "it is another incident"


async def test_erased_refusals_are_not_told_of_again(room, world, tmp_path):
    recorded = await refuse_for_good(room, 1)
    await settle(room)
    await world.stores.personal_data.erase(recorded.sender, keep_given=False, may_rebuild=False)

    async with managing(world, tmp_path) as again:
        await again.alerts.restore()
        assert again.alerts._states["default"].incidents.going_on() == []


async def report(room, number, *, sender="@mallory:evil.example", reporters=1):
    """Have members report an event of somebody's."""
    for reporter in range(reporters):
        made = make_report(
            number,
            reporter,
            sender=sender,
            room_id=PROTECTED,
            text="rude word",
            made_ts=room.world.clock.now_ts(),
        )
        await room.world.stores.reports.add(made, PLENTY)


async def test_alerts_of_reports_name_neither_reporter_nor_sender(room):
    await report(room, 1, reporters=3)

    await settle(room, looks=3)

    (text,) = messages(room)
    assert "Members reported 1 event." in text
    assert "REFERENCE1 by 3 members, since" in text
    assert "!cs review spam REFERENCE1" in text
    assert not [word for word in ("mallory", "reporter", "rude") if word in text]


async def test_a_moderator_who_is_reported_does_not_read_so_in_the_room(room):
    await report(room, 1, sender=room.mod)

    await settle(room, looks=3)

    (text,) = messages(room)
    assert "Reports about people in this room: 1." in text
    assert "REFERENCE" not in text
    assert room.mod not in text


async def test_a_flood_of_reports_is_one_message_an_hour(room):
    for number in range(40):
        await report(room, number + 1)
        await settle(room)
        room.world.clock.advance(31)

    assert len(messages(room)) == 1
    assert "Members reported" in room.heard()[-1]["content"]["body"]
    assert len(room.heard()) <= 22


async def add_appeal(room, number, *, community="default"):
    """Store an open appeal of somebody's."""
    made = appeal(
        number,
        reference=f"APPEALED{number}",
        community=community,
        room_id=PROTECTED,
        text="rude word",
        made_ts=room.world.clock.now_ts(),
        due_ts=room.world.clock.now_ts() + 7 * 86_400_000 - number,
    )
    await room.world.stores.appeals.add(made, LIMITS)
    return made


async def test_alerts_of_appeals_say_until_when_an_answer_is_due_and_nothing_that_people_wrote(
    room,
):
    await add_appeal(room, 1)
    await add_appeal(room, 2, community="elsewhere")

    await settle(room, looks=3)

    (text,) = messages(room)
    assert "An appeal waits for an answer:" in text
    assert "APPEALED1, due " in text
    assert "!cs appeals grant APPEALED1" in text
    assert not [word for word in ("APPEALED2", "mallory", "rude") if word in text]


async def test_the_alert_of_appeals_is_edited_when_they_are_answered(room):
    made = await add_appeal(room, 1)
    await settle(room, looks=3)
    await room.world.stores.appeals.decide(
        made.key, AppealState.UPHELD, decided_ts=room.world.clock.now_ts(), decided_by="anna"
    )
    room.world.clock.advance(31)

    await settle(room, looks=3)

    assert len(messages(room)) == 1
    assert "No appeal waits for an answer any more." in room.heard()[-1]["content"]["body"]


async def test_a_flood_of_appeals_is_one_message_an_hour(room):
    for number in range(40):
        await add_appeal(room, number + 1)
        await settle(room)
        room.world.clock.advance(31)

    assert len(messages(room)) == 1
    assert "appeals wait for an answer:" in room.heard()[-1]["content"]["body"]
    assert len(room.heard()) <= 22
