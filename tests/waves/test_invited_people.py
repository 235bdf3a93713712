"""People whom a moderator invited to a room are members there: bots can be let in so."""

from countersign.policy.measures.trust_records import Trust
from tests.waves.dice import join
from tests.waves.simulated_community import (
    MODERATOR,
    ROOMS,
    Sent,
    simulated_community,
)

BOT = "@builds:ci.example"
STRANGER = "@somebody:open.example"


def invite(inviter, room_id=ROOMS[0]):
    content = {"membership": "invite"}
    return Sent(0, inviter, content, "m.room.member", room_id, BOT, is_counted=False)


def results(room_id=ROOMS[0]):
    for number in range(40):
        body = f"Build #{number} failed: https://ci.example/builds/{number}"
        notice = {"msgtype": "m.notice", "body": body}
        yield Sent(60 + number * 1.5, BOT, notice, room_id=room_id)


async def refused(*sent):
    async with simulated_community() as played:
        outcome = await played.play(sent)
    return len(outcome.ham_refused)


async def test_a_bot_that_a_moderator_invited_writes_at_a_members_pace():
    assert await refused(invite(MODERATOR), join(1, BOT), *results()) == 0
    assert await refused(join(1, BOT), *results()) > 20


async def test_a_bot_that_was_refused_writes_on_as_soon_as_a_moderator_gives_it_a_level():
    async with simulated_community() as played:
        before = await played.play([join(1, BOT), *results()])
        await played._measures.trust.set_level("default", BOT, Trust.TRUSTED)
        after = await played.play(results())

    assert len(before.ham_refused) > 20
    assert after.ham_refused == []


async def test_an_invitation_by_somebody_else_says_nothing():
    joins = (join(0, STRANGER), join(2, BOT))
    assert await refused(joins[0], invite(STRANGER), joins[1], *results()) > 20


async def test_an_invitation_counts_in_its_own_room():
    joins = (join(1, BOT), join(2, BOT, ROOMS[1]))
    assert await refused(invite(MODERATOR), *joins, *results(ROOMS[1])) > 20
