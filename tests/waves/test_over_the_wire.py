"""Abuse and an honest crowd against a served process: joins by `/send`, events by `/sign`."""

from dataclasses import replace

from tests.campaigns.conftest import servers_in_forks  # noqa: F401
from tests.waves.dice import Dice, join, newcomers, reaction, text
from tests.waves.every_kind import EVERY_KIND
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import CHAT, LAUNCH
from tests.waves.wire import Wire

CREATOR = "@alice:example.org"
"""Creator of the room, with a moderator's power level."""
POLICY = "preset: newcomer-safe\n"


def launch(dice):
    yield Sent(0, MEMBERS[0], text("It is out: https://example.org/news"), label="news")
    users = newcomers(dice, 80, servers=25, kind="home")
    for place, user in enumerate(users):
        yield join(1 + place, user)
        if place % 2:
            yield Sent(1.5 + place, user, text(dice.choice(LAUNCH)))
        elif place % 4:
            yield Sent(1.5 + place, user, reaction(REFERENCE + "news", "🎉"), "m.reaction")
        else:
            yield Sent(1.5 + place, user, text(dice.pick(CHAT[dice.choice(list(CHAT))])))
        if place % 3 == 0:
            yield Sent(1.7 + place, dice.choice(MEMBERS), text(dice.choice(LAUNCH)))


def test_a_launch_has_nothing_refused(tmp_path):
    told = Wire(tmp_path, launch(Dice("launch", 1)), POLICY).play()

    assert len(told) > 150
    assert [each.sent.content for each in told if each.is_refused] == []


def test_a_bot_that_a_moderator_invited_is_let_in(tmp_path):
    bot, content = "@builds:ci.example", {"membership": "invite"}
    invited = Sent(0, CREATOR, content, "m.room.member", state_key=bot)
    results = [
        Sent(5 + place, bot, {"msgtype": "m.notice", "body": f"Build {place} passed"})
        for place in range(20)
    ]

    told = Wire(tmp_path, [invited, join(1, bot), *results], POLICY).play()

    assert [each.sent.content for each in told if each.is_refused] == []
    assert len(told) == 22


def test_a_raid_from_many_servers_breaks(tmp_path):
    raid = list(EVERY_KIND["raid from many servers"].make(Dice("raid", 1)))
    sent = [replace(each, room_id=ROOMS[0]) for each in raid]
    talk = [Sent(100 + place, MEMBERS[place], text(LAUNCH[place])) for place in range(20)]

    told = Wire(tmp_path, [*sent, *talk], POLICY).play()

    abuse = [each for each in told if each.sent.is_abuse]
    members = [each for each in told if each.sent.sender in MEMBERS]
    assert sum(each.is_refused for each in abuse) >= 0.95 * len(abuse)
    assert len(members) == 20
    assert not any(each.is_refused for each in members)
