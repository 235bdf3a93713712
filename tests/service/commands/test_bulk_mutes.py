"""Tests of muting several people at once: exceptions, confirmation, and one undo."""

from dataclasses import replace

import pytest

from countersign.basics.durations import DAY_MS, HOUR_MS
from countersign.bootstrap.measures import build_measures
from countersign.bootstrap.policy_files import build_policy_activation
from countersign.config import read_config
from countersign.policy.measures.mutes import Mute
from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Role
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.confirmation_rules import ConfirmationRules
from countersign.service.commands.review.people_choices import MAX_PEOPLE
from countersign.service.errors import Forbidden, NotFound, WaitsForConfirmation
from countersign.testing.records import REFUSE, make_recorded
from tests.service.commands.all_commands import make_commands
from tests.service.commands.test_confirmations import ELSEWHERE, MODERATOR, OPERATOR, actor

POLICY = "filters:\n  - keyword: {words: [spam]}\n"
SPAMMERS = [f"@spammer{number}:evil.example" for number in range(5)]
LEAD, SECOND = actor("@first:example.org"), actor("@second:example.org")


@pytest.fixture
def measures(world):
    return build_measures(world.stores, world.clock)


@pytest.fixture
async def commands(world, tmp_path, measures):
    settings = tmp_path / "countersign.yaml"
    settings.write_text("server_name: policy.example.com\npolicies: {source: database}\n")
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "communities").mkdir()
    (tmp_path / "communities" / "elsewhere.yaml").write_text(f'{POLICY}rooms: ["!e:example.org"]\n')
    activation = build_policy_activation(read_config(settings), world.stores.policies, world.clock)
    policies = await activation.start()
    await world.rooms.join(world.room.room_id, ["example.org"])
    return await make_commands(
        world,
        tmp_path,
        stores=world.stores,
        rooms=world.rooms,
        activation=activation,
        policies=policies,
        measures=measures,
        confirmation_rules=ConfirmationRules(mutes_above=5),
        find_account={each.name: each for each in (LEAD, SECOND)}.get,
    )


@pytest.fixture
async def incident(world):
    """One refusal each of five people, by one step in a short time; return a reference."""
    now_ts = world.clock.now_ts()
    for number, sender in enumerate(SPAMMERS):
        made = make_recorded(number, REFUSE, room_id=world.room.room_id, sender=sender)
        recorded = await world.stores.decisions.record(replace(made, decided_ts=now_ts - number))
    return recorded.reference


async def levels(measures, people=SPAMMERS):
    found = [await measures.trust.find("default", each) for each in people]
    return [each.given for each in found]


async def test_a_list_is_mute_until_a_moment(commands, world, measures):
    done = await commands.bulk_mutes.begin(
        LEAD, user_ids=[*SPAMMERS, SPAMMERS[0]], lasts_ms=2 * HOUR_MS, reason="a raid"
    )

    until_ts = world.clock.now_ts() + 2 * HOUR_MS
    assert done == {
        "community": "default",
        "people": SPAMMERS,
        "skipped": {},
        "until_ts": until_ts,
    }
    known = await measures.trust.find("default", SPAMMERS[0])
    assert (known.given, known.given_until_ts) == (Trust.BANNED, until_ts)
    assert known.given_reason == "a raid"


async def test_everybody_who_took_part_in_an_incident(commands, incident, measures):
    done = await commands.bulk_mutes.begin(LEAD, incident=incident)

    assert sorted(done["people"]) == SPAMMERS
    assert await levels(measures) == [Trust.BANNED] * 5


async def test_moderators_and_those_who_have_a_level_are_left_out(commands, world, measures):
    moderator = world.alice.user()  # who made the room
    await measures.trust.set_level("default", SPAMMERS[0], Trust.TRUSTED, reason="known to us")

    done = await commands.bulk_mutes.begin(LEAD, user_ids=[moderator, *SPAMMERS[:2]])

    assert done["people"] == [SPAMMERS[1]]
    assert done["skipped"] == {
        moderator: "moderates a room",
        SPAMMERS[0]: "a moderator gave the level trusted",
    }
    assert await levels(measures, SPAMMERS[:1]) == [Trust.TRUSTED]


async def test_mutes_of_several_end(commands, world, measures):
    now_ts = world.clock.now_ts()
    paused = Mute(
        community="default",
        user_id=SPAMMERS[2],
        rule="x",
        started_ts=now_ts,
        until_ts=now_ts + HOUR_MS,
        times=1,
    )
    measures.mutes.put_back([paused])
    await commands.bulk_mutes.begin(LEAD, user_ids=SPAMMERS[:2])
    await measures.trust.set_level("default", SPAMMERS[3], Trust.BANNED, reason="for good")

    done = await commands.bulk_mutes.end(LEAD, user_ids=SPAMMERS)

    assert done["people"] == SPAMMERS[:3]
    assert done["skipped"] == {
        SPAMMERS[3]: "is banned without an end: take the level away",
        SPAMMERS[4]: "is not muted",
    }
    assert await levels(measures) == [None, None, None, Trust.BANNED, None]
    assert measures.mutes.list_current() == []
    await undo(commands, LEAD.name, since_ts=now_ts)
    assert measures.mutes.list_current() == [paused]


async def undo(commands, name, *, since_ts=0):
    return await commands.undo.undo(OPERATOR, by=name, since_ts=since_ts, is_dry_run=False)


async def test_a_bulk_mute_is_undone_as_one_except_for_people_changed_since(
    commands, world, measures
):
    await commands.bulk_mutes.begin(LEAD, user_ids=SPAMMERS)
    await measures.trust.set_level("default", SPAMMERS[0], Trust.TRUSTED, reason="a mistake")

    (undone,) = await undo(commands, LEAD.name)

    assert (undone["is_undone"], undone["words"]) == (True, "4 people stand as before.")
    assert await levels(measures) == [Trust.TRUSTED, None, None, None, None]
    (again,) = await undo(commands, LEAD.name)
    assert not again["is_undone"]


async def test_ended_mutes_are_given_back_unless_they_are_over(commands, world, measures):
    await commands.bulk_mutes.begin(LEAD, user_ids=SPAMMERS[:1], lasts_ms=HOUR_MS)
    await commands.bulk_mutes.begin(LEAD, user_ids=SPAMMERS[1:2], lasts_ms=3 * HOUR_MS)
    await commands.bulk_mutes.end(SECOND, user_ids=SPAMMERS[:2])
    world.clock.advance(2 * 3_600)

    await undo(commands, SECOND.name)

    assert await levels(measures, SPAMMERS[:2]) == [None, Trust.BANNED]


async def test_more_than_the_settings_allow_wait_for_a_second_person(commands, measures):
    people = [*SPAMMERS, "@sixth:evil.example"]
    with pytest.raises(WaitsForConfirmation) as waits:
        await commands.bulk_mutes.begin(LEAD, user_ids=people, reason="raid")
    assert await levels(measures, people) == [None] * 6
    (waiting,) = await commands.confirmations.list(SECOND)
    assert waiting["summary"] == "Mute 6 people in default for 24 hours"
    with pytest.raises(Forbidden):
        await commands.confirmations.confirm(LEAD, waits.value.reference)

    done = await commands.confirmations.confirm(SECOND, waits.value.reference)

    assert done["done"]["people"] == people
    assert await levels(measures, people) == [Trust.BANNED] * 6
    with pytest.raises(WaitsForConfirmation) as waits:
        await commands.bulk_mutes.end(LEAD, user_ids=people)
    await commands.confirmations.confirm(SECOND, waits.value.reference)
    assert await levels(measures, people) == [None] * 6


async def test_only_leads_of_the_community_do_so(commands, incident, measures):
    for who in (MODERATOR, actor("@junior:example.org", Role.JUNIOR)):
        with pytest.raises(Forbidden):
            await commands.bulk_mutes.begin(who, user_ids=SPAMMERS)
    for about in ({"incident": incident}, {"user_ids": SPAMMERS, "community": "default"}):
        with pytest.raises(NotFound):
            await commands.bulk_mutes.begin(ELSEWHERE, **about)
    assert await levels(measures) == [None] * 5


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"user_ids": []},
        {"user_ids": "@a:b.example"},
        {"user_ids": ["nobody"]},
        {"user_ids": SPAMMERS, "incident": "7F3K9-QX2MB"},
        {"user_ids": [f"@u{number}:b.example" for number in range(MAX_PEOPLE + 1)]},
        {"user_ids": SPAMMERS, "lasts_ms": 8 * DAY_MS},
        {"user_ids": SPAMMERS, "lasts_ms": -1},
    ],
)
async def test_impossible_requests_are_refused(commands, measures, about):
    with pytest.raises(BadJson):
        await commands.bulk_mutes.begin(LEAD, **about)

    assert await levels(measures) == [None] * 5
