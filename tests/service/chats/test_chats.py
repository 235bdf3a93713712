"""Tests of direct chats with our user: who gets one, what is accepted, and when it ends."""

import asyncio

import pytest

from countersign.basics.durations import DAY_MS
from countersign.ports.stores.review.appeals import AppealState
from countersign.protocol.events.pdu import parse_pdu
from countersign.service.chats import chat_handler
from countersign.service.chats import chats as chats_module
from countersign.service.chats.chats import Chats
from countersign.service.chats.sentences import EXAMPLE, chat_sentence
from countersign.service.errors import Forbidden, RateLimited
from countersign.service.own_events import event_queues
from tests.service.chats.chatting import PAGES, chatting
from tests.waiting import until

DAY = DAY_MS // 1_000
APPEALS = chat_sentence("greeting", "en", example=EXAMPLE)


@pytest.fixture
async def chat(world):
    async with chatting(world) as chat:
        yield chat


async def test_a_user_without_a_refusal_gets_no_chat(chat, world):
    room = chat.room()
    await chat.refused(sender=world.bob.user())

    with pytest.raises(Forbidden, match="takes no invitations"):
        await chat.invite(room)

    assert chat.chats.all() == []


async def test_an_invitation_to_a_room_that_is_no_direct_chat_is_refused_as_before(chat):
    await chat.refused()

    with pytest.raises(Forbidden, match="takes no invitations"):
        await chat.invite(chat.room(), is_direct=False)


async def test_a_room_is_a_chat_though_its_chat_is_heard_of_after_it(chat, world):
    await chat.refused()
    room = chat.room()
    await chat.invite(room)
    await chat.heard(1)
    # Another process hears of rooms and of chats in whatever order.
    other = Chats(
        world.stores.chats,
        decisions=world.stores.decisions,
        clock=world.clock,
        domain_of=str,
        is_on=True,
    )
    heard = []
    other.on_change(heard.append)

    await other.apply_changes(0)
    await other.apply_changes(0)

    assert other.is_chat(room.room_id)
    assert heard == [room.room_id], "so that what the room is for is determined anew"


async def test_chats_can_be_turned_off(world):
    async with chatting(world, is_on=False) as chat:
        await chat.refused()
        with pytest.raises(Forbidden, match="takes no invitations"):
            await chat.invite(chat.room())


async def test_an_appeal_is_taken_told_and_left(chat, world):
    refusal, room = await chat.refused(), chat.room()
    await chat.invite(room)
    assert await chat.heard(1) == APPEALS

    answer = await chat.say(room, "appeal: it is a film's name")

    (appeal,) = await world.stores.appeals.listed()
    assert (appeal.key, appeal.text) == (refusal.key, "it is a film's name")
    assert appeal.sender == world.alice.user()
    assert answer.startswith(f"Reference: {refusal.reference}. It was received at ")
    assert answer.endswith("You will read the answer here.")
    world.clock.advance(8 * DAY)
    await chat.look()
    assert world.rooms.get(room.room_id).is_joined, "an appeal waits there"
    await world.stores.appeals.decide(
        appeal.key, AppealState.UPHELD, decided_ts=1, decided_by="bob"
    )
    await chat.look()
    assert (await chat.heard(3)).endswith("It was looked at, and the refusal stands.")
    world.clock.advance(29 * DAY)
    await chat.look()
    assert world.rooms.get(room.room_id).is_joined
    world.clock.advance(2 * DAY)
    await chat.look()

    assert chat.chats.all() == await world.stores.chats.all() == []
    assert world.rooms.get(room.room_id) is None
    assert room.room_id not in {each.room_id for each in await world.stores.rooms.load()}
    assert len(chat.said()) == 3


async def test_a_reference_is_nobodys_but_its_senders(chat, world):
    own = await chat.refused(1)
    other = await chat.refused(2, sender=world.bob.user())
    room = chat.room()
    await chat.invite(room)
    await chat.heard(1)

    others = await chat.say(room, f"{other.reference} let Bob speak")
    unknown = await chat.say(room, "0000A-0000A let Bob speak")
    theirs = await chat.say(room, f"see {PAGES}{own.reference}")

    assert others == unknown == chat_sentence("unknown", "en")
    assert f"Reference: {own.reference}. It was received" in theirs
    assert [each.key for each in await world.stores.appeals.listed()] == [own.key]
    again = await chat.say(room, own.reference)
    assert "It was received" in again
    assert await chat.say(room, "appeal") == chat_sentence("none", "en")


async def test_a_word_alone_means_the_latest_refusal_and_then_the_one_before(chat, world):
    await chat.refused(1)
    world.clock.advance(1)
    latest = await chat.refused(2)
    room = chat.room()
    await chat.invite(room)
    await chat.heard(1)

    assert latest.reference in await chat.say(room, "Appeal!")
    await chat.say(room, "Einspruch, bitte")

    assert [each.text for each in await world.stores.appeals.listed()] == ["", "bitte"]


async def test_other_words_are_told_what_can_be_written(chat, world):
    await chat.refused()
    room = chat.room()
    await chat.invite(room)
    await chat.heard(1)

    assert await chat.say(room, "hello?") == APPEALS
    assert await chat.say(room, "appeal " + "x" * 1_001) == chat_sentence(
        "too_long", "en", count="1000"
    )
    assert await world.stores.appeals.listed() == []


async def test_nobody_floods_our_user(chat, world):
    await chat.refused()
    room = chat.room()
    await chat.invite(room)
    await chat.heard(1)
    for _ in range(10):
        await chat.say(room, "hello?")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await chat.say(room, "hello?")


async def test_edits_notices_and_strangers_are_not_heeded(chat, world):
    await chat.refused()
    room = chat.room()
    await chat.invite(room)
    await chat.heard(1)

    for more in (
        {"msgtype": "m.notice"},
        {"m.relates_to": {"rel_type": "m.replace", "event_id": "$x"}},
        {"sender": "mallory"},
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await chat.say(room, "appeal", **more)
    assert await world.stores.appeals.listed() == []


@pytest.mark.parametrize("pages_at", [PAGES, None], ids=["with a page", "without"])
async def test_an_encrypted_chat_is_told_so_and_left_after_a_day(world, pages_at):
    async with chatting(world, pages_at=pages_at) as chat:
        refusal = await chat.refused()
        room = chat.room(encrypted=True)
        await chat.invite(room)

        words = await chat.heard(1)
        await chat.look()
        world.clock.advance(DAY + 1)
        await chat.look()

        assert "I cannot read encrypted chats." in words
        assert (f"{PAGES}{refusal.reference}" in words) == (pages_at is not None)
        assert len(chat.said()) == 1
        assert world.rooms.get(room.room_id) is None


async def test_a_chat_in_which_nobody_appeals_is_left_after_a_week(chat, world):
    await chat.refused()
    room = chat.room()
    await chat.invite(room)
    world.clock.advance(7 * DAY + 1)
    await chat.look()

    assert world.rooms.get(room.room_id) is None


async def test_our_user_stays_with_one_person_only(chat, world):
    await chat.refused()
    room = chat.room()
    room.join(world.bob, "bob")
    await chat.invite(room)

    assert world.rooms.get(room.room_id) is None, "there were two others from the beginning"
    assert chat.said() == []

    second = chat.room("second")
    await chat.invite(second)
    await chat.heard(1)
    invited = second.event(
        world.alice, "m.room.member", {"membership": "invite"}, state_key=world.bob.user("bob")
    )
    await world.rooms.follow(parse_pdu(invited, second.rules))
    await chat.look()

    assert world.rooms.get(second.room_id) is None


async def test_each_person_has_one_chat(chat, world):
    await chat.refused()
    first = chat.room()
    await chat.invite(first)

    with pytest.raises(Forbidden):
        await chat.invite(chat.room("second"))

    left = first.event(
        world.alice, "m.room.member", {"membership": "leave"}, state_key=world.alice.user()
    )
    await world.rooms.follow(parse_pdu(left, first.rules))
    await chat.look()
    await chat.invite(chat.room("third"))
    assert [each.room_id for each in chat.chats.all()] == ["!third:example.org"]


async def test_there_are_limits_on_chats(chat, world, monkeypatch):
    monkeypatch.setattr(chats_module, "MAX_CHATS", 1)
    await chat.refused(1)
    await chat.refused(2, sender=world.alice.user("anna"))
    await chat.invite(chat.room())
    second = chat.room("second")
    second.join(world.alice, "anna")
    for _ in range(chats_module.ATTEMPTS.burst):
        with pytest.raises(RateLimited, match="Too many chats"):
            await chat.invite(second, by="anna")
    with pytest.raises(RateLimited) as limited:
        await chat.invite(second, by="anna")
    assert "Too many chats" not in str(limited.value)
    # Nobody whom no chat was opened for took anything from others.
    monkeypatch.setattr(chats_module, "MAX_CHATS", 2)
    world.clock.advance(600)
    await chat.invite(second, by="anna", look=False)
    assert len(chat.chats.all()) == 2


async def open_and_leave_as_often_as_possible(chat, world, accounts):
    """Have accounts of Bob's server open chats and leave them, each as often as it is let."""
    opened = 0
    for turn in range(4):
        for number, account in enumerate(accounts):
            room = chat.room(f"held{turn}-{number}", peer=world.bob)
            room.join(world.bob, account)
            try:
                await chat.invite(room, by=account, peer=world.bob, look=False)
            except RateLimited:
                continue
            opened += 1
            if turn < 3:
                (held,) = [each for each in chat.chats.all() if each.room_id == room.room_id]
                await chat.chats.forget(held)
    return opened


async def test_thirty_refused_accounts_do_not_hold_back_the_appeals_of_others(chat, world):
    accounts = [f"attacker{number}" for number in range(30)]
    for number, account in enumerate(accounts):
        await chat.refused(100 + number, sender=world.bob.user(account))
    await chat.refused(1)
    await chat.refused(2, sender=world.bob.user("honest"))

    opened = await open_and_leave_as_often_as_possible(chat, world, accounts)

    assert opened <= len(accounts) * chats_module.PER_PERSON.burst
    await chat.invite(chat.room("alices"))
    assert chat.chats.find("!alices:example.org")
    same_server = chat.room("honest", peer=world.bob)
    same_server.join(world.bob, "honest")
    world.clock.advance(1 / chats_module.PER_DOMAIN.per_second)
    await chat.invite(same_server, by="honest", peer=world.bob, look=False)
    assert chat.chats.is_chat(same_server.room_id)


async def test_strangers_take_no_chats_from_those_of_their_server(chat, world):
    """An invitation that opens no chat was counted like one that does."""
    await chat.refused(sender=world.bob.user("honest"))
    for number in range(15):
        for turn in range(3):
            room = chat.room(f"room{turn}-{number}", peer=world.bob)
            room.join(world.bob, f"stranger{number}")
            with pytest.raises(Forbidden):
                await chat.invite(room, by=f"stranger{number}", peer=world.bob)
    room = chat.room("honest", peer=world.bob)
    room.join(world.bob, "honest")

    await chat.invite(room, by="honest", peer=world.bob, look=False)

    assert chat.chats.is_chat(room.room_id)


def stripped(kind, content):
    return {"type": kind, "state_key": "", "sender": "@alice:example.org", "content": content}


NAMED = stripped("m.room.name", {"name": "The green"})
INVITED_ONLY = stripped("m.room.join_rules", {"join_rule": "invite"})


@pytest.mark.parametrize(
    ("shown", "is_chat"),
    [
        ([], True),
        ([INVITED_ONLY, stripped("m.room.name", {"name": " "})], True),
        ([stripped("m.room.name", {"name": 7}), None, {"type": []}, {"content": 1}], True),
        ([NAMED], False),
        ([INVITED_ONLY, stripped("m.room.canonical_alias", {"alias": "#green:x.org"})], False),
        ([stripped("m.room.join_rules", {"join_rule": "public"})], False),
        ([stripped("m.room.join_rules", {"join_rule": "knock_restricted"})], False),
    ],
)
async def test_a_room_that_is_shown_as_one_is_protected_for_whoever_may_invite(
    world, shown, is_chat
):
    """Some clients set `is_direct` on any room that is made with an invitation."""
    async with chatting(world, accept_from=["example.org"]) as chat:
        await chat.refused()
        room = chat.room()

        await chat.invite(room, shown=shown, look=False)

        assert world.rooms.get(room.room_id).is_joined
        assert chat.chats.is_chat(room.room_id) is is_chat


async def test_a_user_outside_accept_from_gets_a_chat_in_a_named_room(chat):
    await chat.refused()
    room = chat.room()

    await chat.invite(room, shown=[NAMED], look=False)

    assert chat.chats.is_chat(room.room_id)


async def test_a_restart_goes_on_with_what_was_open(world):
    async with chatting(world) as chat:
        await chat.refused()
        room = chat.room()
        await chat.invite(room)
        await chat.heard(1)
    async with chatting(world) as chat:
        await chat.look()
        assert "It was received" in await chat.say(room, "appeal")
        assert len(chat.said()) == 2


async def test_our_user_writes_in_the_language_of_what_was_refused(chat):
    await chat.refused(language="de")
    room = chat.room()
    await chat.invite(room)

    assert (await chat.heard(1)).startswith("Hier kannst du Einspruch")


class SlowRooms:
    """Has a room's servers never answer where our next event goes, until they are let go."""

    def __init__(self, world, monkeypatch):
        self._rooms, self._go_on = set(), asyncio.Event()
        self.asked = []
        make_leave = world.federation.make_leave

        async def ask(server, room_id, user_id):
            if room_id in self._rooms:
                self.asked.append(room_id)
                await self._go_on.wait()
            return await make_leave(server, room_id, user_id)

        monkeypatch.setattr(world.federation, "make_leave", ask)

    def add(self, room):
        self._rooms.add(room.room_id)

    def let_go(self):
        self._go_on.set()


@pytest.fixture
def slow(world, monkeypatch):
    return SlowRooms(world, monkeypatch)


async def test_a_slow_server_holds_up_no_answer_in_another_chat(chat, world, slow):
    await chat.refused()
    await chat.refused(2, sender=world.bob.user())
    rooms = chat.room("slow"), chat.room("quick", peer=world.bob)
    await chat.invite(rooms[0])
    await chat.invite(rooms[1], peer=world.bob)
    await chat.heard(2)  # both are greeted
    slow.add(rooms[0])

    chat.write(rooms[0], "appeal: it is a quote")
    await until(lambda: slow.asked)
    for _ in range(50):  # more than may wait
        chat.write(rooms[0], "appeal: it is a quote")
    answer = await chat.say(rooms[1], "appeal: it is a film", peer=world.bob)
    assert answer.startswith("Reference: ")
    assert len(chat.said()) == 3

    slow.let_go()
    said_in_all = 3 + 1 + chat_handler.MAX_WAITING
    await chat.heard(said_in_all)
    await asyncio.sleep(0.1)
    assert len(chat.said()) == said_in_all


async def test_a_slow_server_holds_up_no_greeting(world, slow):
    async with chatting(world, is_kept=True) as chat, world.clock.passing():
        await chat.refused()
        await chat.refused(2, sender=world.bob.user())
        stuck, quick = chat.room("slow"), chat.room("quick", peer=world.bob)
        slow.add(stuck)
        await chat.invite(stuck, look=False)
        await until(lambda: slow.asked)
        await chat.invite(quick, peer=world.bob, look=False)
        assert await chat.heard(1) == APPEALS
        asked = len(slow.asked)
        await asyncio.sleep(0.2)
        assert len(slow.asked) == asked, "one look at a time"

        slow.let_go()
        await chat.heard(2)


async def test_a_join_that_takes_too_long_is_given_up(chat, world, slow, monkeypatch):
    monkeypatch.setattr(event_queues, "HANDLE_SECONDS", 0.05)
    await chat.refused()
    room = chat.room()
    await chat.invite(room)
    await chat.heard(1)
    slow.add(room)
    for number in range(3):
        chat.write(room, "hello")
        await until(lambda number=number: len(slow.asked) > number)
    await asyncio.sleep(0.1)
    monkeypatch.setattr(event_queues, "HANDLE_SECONDS", 60)
    slow.let_go()
    await chat.say(room, "hello")
