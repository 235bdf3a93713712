"""A newcomer's picture passes only as an answer to a member's recent message."""

from tests.waves.dice import Dice, join, newcomers, picture, reply_to, text
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent, simulated_community

DICE = Dice("pictures", 0)
USER, OTHER = newcomers(DICE, 2)
COME = [join(0, USER), join(0, OTHER), join(0, USER, ROOMS[1])]


def asked(at=10.0, sender=MEMBERS[0], label="asked", room_id=ROOMS[0]):
    return Sent(at, sender, text("can you post a screenshot?"), room_id=room_id, label=label)


def answer(at, label="asked"):
    return Sent(at, USER, picture(DICE) | reply_to(REFERENCE + label))


async def refused(*sent):
    async with simulated_community() as played:
        outcome = await played.play([*COME, *sent])
    return [each.at_seconds for each, _ in outcome.ham_refused]


async def test_a_picture_that_answers_a_member_passes():
    assert await refused(asked(), answer(40)) == []


async def test_a_picture_that_answers_nobody_does_not_pass():
    assert await refused(asked(), Sent(40, USER, picture(DICE)), answer(50, "nothing")) == [40, 50]


async def test_a_newcomers_message_is_no_reason_for_pictures():
    assert await refused(asked(sender=OTHER), answer(40)) == [40]


async def test_a_members_message_elsewhere_or_long_ago_is_no_reason_either():
    elsewhere = asked(label="elsewhere", room_id=ROOMS[1])

    assert await refused(elsewhere, answer(40, "elsewhere")) == [40]
    assert await refused(asked(), answer(3_700)) == [3_700]


def wish(at=10.0, sender=MEMBERS[0], label="asked"):
    content = text("photos of all sides, please", **{"m.mentions": {"user_ids": [USER]}})
    return Sent(at, sender, content, label=label)


def more(at, room_id=ROOMS[0]):
    return Sent(at, USER, picture(DICE), room_id=room_id)


async def test_eight_pictures_answer_a_member_who_mentions_the_newcomer():
    photos = [answer(40), *(more(40 + number * 20) for number in range(1, 10))]
    assert await refused(wish(), *photos) == [200, 220]


async def test_further_pictures_belong_to_an_answer_for_two_minutes_and_in_its_room():
    assert await refused(wish(), more(30), answer(40), more(50, ROOMS[1]), more(170)) == [
        30,
        50,
        170,
    ]
    assert await refused(asked(), answer(40), more(50)) == [50]
    assert await refused(wish(sender=OTHER), answer(40), more(50)) == [40, 50]


async def test_three_pictures_an_hour_are_answers():
    answers = [answer(at) for at in (40, 80, 120, 160, 4_000)]
    later = asked(at=3_900, label="later")

    assert await refused(asked(), *answers[:4], later, answer(4_000, "later")) == [160]
