"""Tests of members' reports in direct chats: accepted, limited, shown, without other effect."""

from dataclasses import replace

import pytest

from countersign.basics.durations import DAY_MS
from countersign.ports.stores.review.reports import MAX_REPORTERS, ReportAdded
from countersign.ports.stores.review.reviews import Review, ReviewAnswer, ReviewState
from countersign.service.chats import chats as chats_module
from countersign.service.chats.requests import read_request
from countersign.service.chats.sentences import EXAMPLE, chat_sentence
from countersign.service.errors import Forbidden, RateLimited
from countersign.service.reporting import reporting, returning
from tests.contracts.stores.reports import PLENTY, make_report
from tests.service.chats.chatting import chatting, naming, protect, signed
from tests.service.fake_rooms import FakeRoom

DAY = DAY_MS // 1_000
THANKS = chat_sentence("reported", "en")
FULL = chat_sentence("reports_full", "en")
ID = "$" + "a_-" * 14 + "b"


@pytest.fixture
async def chat(world):
    await protect(world)
    async with chatting(world, takes_reports=True) as chat:
        yield chat


@pytest.fixture
async def room(chat):
    """Alice, who is in the protected room and was never refused, has a chat."""
    room = chat.room()
    await chat.invite(room)
    await chat.heard(1)
    return room


def link_to(recorded):
    """Return a link as clients write it."""
    room_id = recorded.room_id.replace("!", "%21").replace(":", "%3A")
    return f"https://matrix.to/#/{room_id}/{recorded.event_id}?via=example.org&via=b.example"


async def reported(world):
    return await world.stores.reports.events(communities=None, since_ts=0, limit=99)


async def handle(world, recorded, answer):
    """Have a moderator answer a report."""
    now_ts = world.clock.now_ts()
    review = Review(
        key=recorded.key,
        reference=recorded.reference,
        community="default",
        state=ReviewState.HANDLED,
        answer=answer,
        actor="mod",
        refused_ts=now_ts,
        first_ts=now_ts,
        ts=now_ts,
    )
    await world.stores.reviews.save([review])


async def test_a_member_of_a_room_that_another_process_joined_a_moment_ago_gets_a_chat(world):
    async def catch_up():
        await protect(world)

    async with chatting(world, takes_reports=True, catch_up=catch_up) as chat:
        room = chat.room()
        await chat.invite(room)

        assert chat.chats.is_chat(room.room_id)


async def test_a_member_reports_an_event_and_reads_what_came_of_it(chat, room, world):
    assert chat.said()[0] == " ".join(
        [chat_sentence("greeting", "en", example=EXAMPLE), chat_sentence("greeting_reports", "en")]
    )
    recorded = await signed(world)

    assert await chat.say(room, f"{link_to(recorded)} he sells drugs") == THANKS

    (event,) = await reported(world)
    assert (event.key, event.room_id) == (recorded.key, world.room.room_id)
    assert (event.sender, event.community) == (world.bob.user("bob"), "default")
    assert (event.reporters, event.texts) == (1, ("he sells drugs",))
    world.clock.advance(8 * DAY)
    await chat.look()
    assert world.rooms.get(room.room_id).is_joined, "a report waits there"
    await handle(world, recorded, ReviewAnswer.SPAM)
    await chat.look()
    told = await chat.heard(3)
    assert told.startswith("Moderators looked at what you reported at ")
    assert told.endswith(", and acted. Thank you.")
    await chat.look()
    assert len(chat.said()) == 3


async def test_a_report_of_a_reviewed_event_is_answered_with_the_outcome(chat, room, world):
    recorded = await signed(world)
    await handle(world, recorded, ReviewAnswer.KEEP)

    answer = await chat.say(room, recorded.event_id)

    assert answer.startswith(THANKS)
    assert answer.endswith(", and left it as it is.")


async def test_one_reporter_more_than_are_counted_reads_what_came_of_it(chat, room, world):
    recorded = await signed(world)
    for number in range(MAX_REPORTERS):
        other = make_report(
            reporter=number, key=recorded.key, sender=recorded.sender, room_id=recorded.room_id
        )
        assert await world.stores.reports.add(other, PLENTY) is ReportAdded.ADDED

    assert await chat.say(room, recorded.event_id) == THANKS
    await chat.look()
    assert len(chat.said()) == 2, "nobody has looked at it"
    await handle(world, recorded, ReviewAnswer.SPAM)
    await chat.look()

    assert (await chat.heard(3)).endswith(", and acted. Thank you.")
    assert len(await world.stores.reports.made_by(world.alice.user())) == 0


async def test_a_report_that_brings_an_event_back_waits_for_a_new_answer(chat, room, world):
    recorded = await signed(world)
    await handle(world, recorded, ReviewAnswer.KEEP)
    world.clock.advance(1)
    for number in range(returning.MIN_NEW - 1):
        other = make_report(
            reporter=number,
            key=recorded.key,
            sender=recorded.sender,
            room_id=recorded.room_id,
            made_ts=world.clock.now_ts(),
        )
        await world.stores.reports.add(other, PLENTY)

    assert await chat.say(room, recorded.event_id) == THANKS
    world.clock.advance(1)
    await handle(world, recorded, ReviewAnswer.KEEP)
    await chat.look()

    assert (await chat.heard(3)).endswith(", and left it as it is.")


async def test_the_answer_tells_nothing_of_a_room_or_of_an_event(chat, room, world):
    elsewhere = FakeRoom("11", world.bob, name="private")
    world.federation.add_room(elsewhere)
    elsewhere.add(world.bob, "m.room.policy", naming(world))
    await world.rooms.join(elsewhere.room_id, ["bob.example"])
    unprotected = FakeRoom("11", world.bob, name="unprotected")
    unprotected.join(world.alice)
    world.federation.add_room(unprotected)
    await world.rooms.join(unprotected.room_id, ["bob.example"])
    refused = await chat.refused(7, sender=world.bob.user("bob"))
    answers = [
        await chat.say(room, link_to(each))
        for each in (
            await signed(world, 1, room=elsewhere),
            await signed(world, 2, room=unprotected),
            await signed(world, 3, sender=world.alice.user()),
            refused,
            replace(refused, event_id="$" + "x" * 43),
            replace(refused, event_id="$old:bob.example"),
        )
    ]

    assert answers == [THANKS] * 6
    assert await reported(world) == []
    (kept,) = chat.chats.all()
    assert kept.waiting == ()


async def test_a_former_member_cannot_report(chat, room, world):
    recorded = await signed(world)
    state = world.rooms.get(world.room.room_id).state
    leave = world.room.event(
        world.alice,
        "m.room.member",
        {"membership": "leave"},
        state_key=world.alice.user(),
        sender=world.alice.user(),
    )
    await world.rooms.follow(world.room.pdu_of(leave))
    assert state.membership_of(world.alice.user()) == "leave"

    assert await chat.say(room, recorded.event_id) == THANKS

    assert await reported(world) == []


async def test_three_events_at_most_are_reported_by_one_message(chat, room, world):
    events = [await signed(world, number) for number in range(4)]

    answer = await chat.say(room, " ".join(link_to(each) for each in events) + " ads")

    assert answer == THANKS
    assert {each.key for each in await reported(world)} == {each.key for each in events[:3]}


async def test_reports_of_one_person_a_day_are_limited(chat, room, world):
    for number in range(reporting.OF_REPORTER_A_DAY):
        sender = f"@spammer{number}:bob.example"
        recorded = await signed(world, number, sender=sender)
        world.clock.advance(60)
        assert await chat.say(room, recorded.event_id) == THANKS
    world.clock.advance(60)

    assert await chat.say(room, (await signed(world, 99)).event_id) == FULL

    world.clock.advance(DAY)
    assert await chat.say(room, (await signed(world, 98)).event_id) == THANKS


async def test_a_text_that_is_too_long_is_not_taken(chat, room, world):
    recorded = await signed(world)

    answer = await chat.say(room, f"{recorded.event_id} {'x' * 501}")

    assert answer == chat_sentence("too_long", "en", count="500")
    assert await reported(world) == []


async def test_without_reports_a_member_gets_no_chat(world):
    await protect(world)
    async with chatting(world) as chat:
        with pytest.raises(Forbidden, match="takes no invitations"):
            await chat.invite(chat.room())


async def test_a_stranger_gets_no_chat_and_is_told_the_same(chat, world):
    eve = world.federation.add_peer("eve.example")
    room = chat.room(peer=eve)

    with pytest.raises(Forbidden, match="takes no invitations"):
        await chat.invite(room, by="eve", peer=eve)


async def test_members_leave_room_for_those_who_were_refused(chat, world, monkeypatch):
    monkeypatch.setattr(chats_module, "MAX_CHATS_FOR_MEMBERS", 1)
    await chat.invite(chat.room("first"))
    with pytest.raises(RateLimited):
        await chat.invite(chat.room("second", peer=world.bob), by="bob", peer=world.bob)

    await chat.refused(sender=world.bob.user("bob"))
    third = chat.room("third", peer=world.bob)
    await chat.invite(third, by="bob", peer=world.bob, look=False)

    assert len(chat.chats.all()) == 2


@pytest.mark.parametrize(
    ("body", "event_ids", "text"),
    [
        (ID, (ID,), ""),
        (f"see {ID}.", (ID,), "see"),
        (f"https://matrix.to/#/!r:x.org/{ID}?via=x.org spam", (ID,), "spam"),
        (f"https://matrix.to/#/%21r%3Ax.org/%24{ID[1:]}?via=x.org", (ID,), ""),
        (f"[this](https://matrix.to/#/#room:x.org/{ID}) is bad", (ID,), "is bad"),
        (f"<https://app.element.io/#/room/!r:x.org/{ID}>", (ID,), ""),
        (f"matrix:roomid/r:x.org/e/{ID[1:]}?via=x.org", (ID,), ""),
        ("https://matrix.to/#/!r:x.org/$123abc:x.org:8448", ("$123abc:x.org:8448",), ""),
        (f"{ID} {ID}", (ID,), ""),
        ("I paid $5 for it", (), "I paid $5 for it"),
        ("$$$", (), "$$$"),
        (f"{ID}c", (), f"{ID}c"),
    ],
)
def test_events_are_read_from_what_clients_paste(body, event_ids, text):
    request = read_request(body)

    assert (request.event_ids, request.text) == (event_ids, text)


def test_an_event_id_is_no_reference():
    event_id = "$" + "a" * 20 + "_" + EXAMPLE + "_" + "a" * 10

    request = read_request(event_id)

    assert (request.event_ids, request.references) == ((event_id,), ())
