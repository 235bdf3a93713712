"""Tests of state checks: the room's servers are asked, and the majority is followed."""

import asyncio
from contextlib import suppress

import pytest

from countersign.ports.errors import StoreUnavailable
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.rooms.policy_servers import room_policy_content
from countersign.protocol.rooms.room_state import MEMBER, SERVER_ACL
from countersign.service.rooms.room_alerts import AlertKind
from countersign.service.rooms.sync import catalogues
from countersign.service.rooms.sync import resident_views as views_module
from countersign.service.rooms.sync.catalogues import Catalogue
from countersign.service.rooms.sync.resident_views import ResidentViews
from countersign.testing.events import event_id_in
from tests.service.conftest import OUR_NAME, OUR_USER, every_kind_of_version
from tests.waiting import LoopTime, until

ALICES, BOBS, CAROLS = "example.org", "bob.example", "carol.net"
LONG_AGO_SECONDS = 3_600


@pytest.fixture
async def joined(world):
    """A room of three servers that we are in, which names us; nothing happens in it any more."""
    world.carol = world.federation.add_peer(CAROLS)
    world.room.join(world.carol, "carol")
    key = world.identity.policy_key.verify_key
    world.room.add(world.alice, "m.room.policy", room_policy_content(OUR_NAME, key))
    world.room.add(world.alice, "m.room.topic", {"topic": "tea"})
    await world.rooms.join(world.room.room_id, [ALICES])
    world.clock.advance(LONG_AGO_SECONDS)
    world.federation.asked.clear()
    return world


def room_of(world):
    return world.rooms.get(world.room.room_id)


def kinds(world) -> set[str]:
    return {alert.kind.value for alert in room_of(world).alerts}


def denied(world, server: str) -> bool:
    acl = room_of(world).state.acl
    return acl is not None and not acl.allows(server)


async def check(world, times: int = 1):
    for _ in range(times):
        answers = await world.state_checks.check(room_of(world))
        world.clock.advance(60)
    return answers


def shut(world, *servers: str):
    """Let the room have an ACL that nobody tells us of."""
    return world.room.add(world.alice, "m.room.server_acl", {"allow": ["*"], "deny": list(servers)})


async def push(world, event):
    pdu = world.room.pdu_of(event)
    await world.rooms.follow(pdu)


class TestWhatMostSay:
    @every_kind_of_version
    async def test_nothing_changes_when_all_see_what_we_see(self, joined):
        before = list(room_of(joined).state.events())

        answers = await check(joined, times=2)

        assert {view.server for view in answers.views} == {ALICES, BOBS, CAROLS}
        assert list(room_of(joined).state.events()) == before
        assert kinds(joined) == set()

    async def test_events_that_all_servers_have_are_compared_by_id(self, joined):
        await check(joined)
        joined.federation.asked.clear()

        await check(joined)

        assert {method for method, _ in joined.federation.asked} == {"make_leave", "state_ids"}

    @every_kind_of_version
    async def test_missed_events_are_followed(self, joined):
        shut(joined, "evil.example")
        new = joined.room.join(joined.bob, "newcomer", displayname="New")

        await check(joined)

        state = room_of(joined).state
        assert denied(joined, "evil.example")
        assert state.display_name_of(new["state_key"]) == "New"
        assert state.member_known_since_ts(new["state_key"]) > room_of(joined).joined_ts
        joined.rooms = joined.restarted()
        await joined.rooms.load()
        assert denied(joined, "evil.example")

    async def test_an_event_of_one_server_is_not_followed(self, joined):
        now = joined.room.snapshot()
        shut(joined, ALICES)
        joined.federation.views = {ALICES: now, CAROLS: now}

        await check(joined, times=2)

        assert not denied(joined, ALICES)
        (alert,) = room_of(joined).alerts
        assert alert.kind is AlertKind.STATE_DISPUTED
        assert alert.message.startswith("bob.example have another m.room.server_acl")

    async def test_a_room_that_we_knew_without_its_name_is_called_by_it_and_no_doubt_is_told(
        self, joined
    ):
        now = joined.room.snapshot()
        joined.room.add(joined.alice, "m.room.name", {"name": "Lobby"})
        joined.federation.views = {ALICES: now, CAROLS: now}
        await check(joined, times=2)
        assert room_of(joined).state.name is None
        assert kinds(joined) == set()

        joined.federation.views.clear()
        await check(joined)

        assert room_of(joined).state.name == "Lobby"

    async def test_a_disagreement_that_passes_is_not_told(self, joined):
        joined.federation.views = {BOBS: joined.room.snapshot()}
        shut(joined, "evil.example")
        await check(joined)
        assert denied(joined, "evil.example")

        joined.federation.views.clear()
        await check(joined)

        assert kinds(joined) == set()

    async def test_an_event_that_the_rooms_servers_do_not_have_gives_way(self, joined):
        """The event is not in the room's history: it was sent to us alone, and is newer."""
        shut(joined, "evil.example")
        await check(joined)
        true = joined.room.snapshot()
        await push(joined, shut(joined, BOBS))
        joined.federation.views = dict.fromkeys((ALICES, BOBS, CAROLS), true)
        assert denied(joined, BOBS)

        await check(joined)
        assert denied(joined, BOBS)  # it may be on its way to the others still

        joined.clock.advance(LONG_AGO_SECONDS)
        await check(joined)
        assert not denied(joined, BOBS)
        assert denied(joined, "evil.example")

    async def test_a_servers_branches_that_differ_decide_nothing(self, joined):
        shut(joined, "evil.example")
        await check(joined)
        old = joined.room.snapshot()
        shut(joined, "worse.example")
        forked = joined.room.snapshot()
        forked.latest += old.latest
        joined.federation.views = dict.fromkeys((ALICES, BOBS, CAROLS), forked)

        await check(joined, times=2)

        assert denied(joined, "evil.example")
        assert not denied(joined, "worse.example")
        assert kinds(joined) == set()

    async def test_forged_events_are_not_followed_whoever_lists_them(self, joined):
        forged = joined.room.event(
            joined.bob, "m.room.server_acl", {"deny": ["*"]}, sender=joined.alice.user()
        )
        joined.room.accept(forged)

        await check(joined, times=2)

        assert not denied(joined, ALICES)
        assert kinds(joined) == {"state-disputed"}

    async def test_events_of_another_room_are_not_followed(self, joined):
        stray = joined.room.event(
            joined.alice, "m.room.server_acl", {"deny": ["*"]}, room_id="!other:example.org"
        )
        joined.room.accept(stray)

        await check(joined)

        assert not denied(joined, ALICES)

    async def test_a_removal_that_we_were_not_sent_is_noticed(self, joined):
        """A server that goes on showing us the room shows the event that removed us."""
        joined.room.add(
            joined.alice,
            "m.room.member",
            {"membership": "ban", "reason": "too strict"},
            state_key=OUR_USER,
        )
        joined.federation.tamper["make_leave"] = lambda answer: answer
        joined.federation.is_showing_all = True

        await check(joined)

        assert room_of(joined).membership == "banned"
        assert "by @alice:example.org: too strict" in room_of(joined).alerts[0].message

    async def test_a_full_disk_is_told_to_who_asked(self, joined, monkeypatch):
        async def fail(*_):
            raise StoreUnavailable("disk full")

        shut(joined, "evil.example")
        monkeypatch.setattr(joined.store, "save_state", fail)

        with pytest.raises(StoreUnavailable):
            await check(joined)


class TestWhoIsBelieved:
    async def test_the_caller_learns_slow_servers_and_other_answers(self, joined, monkeypatch):
        loop_time, ask, viewed = LoopTime(), ResidentViews.ask, set()

        async def ask_or_hang(views, server, catalogue):
            if server == ALICES:
                await until(lambda: viewed == {BOBS, CAROLS})
                loop_time.advance(60)
                await asyncio.Event().wait()
            view = await ask(views, server, catalogue)
            viewed.add(server)
            return view

        monkeypatch.setattr(ResidentViews, "ask", ask_or_hang)

        answers = await joined.state_checks.check(room_of(joined), seconds=60)

        assert [(one.server, one.reason) for one in answers.failures] == [
            (ALICES, "it takes too long")
        ]
        assert {view.server for view in answers.views} == {BOBS, CAROLS}

    async def test_without_answers_nothing_changes_and_an_alert_says_so(self, joined):
        joined.federation.offline = {ALICES, BOBS, CAROLS}
        before = list(room_of(joined).state.events())

        await check(joined)
        assert kinds(joined) == set()
        await check(joined)

        (alert,) = room_of(joined).alerts
        assert alert.kind is AlertKind.UNCONFIRMED
        assert ALICES in alert.message
        assert list(room_of(joined).state.events()) == before
        joined.federation.offline.clear()
        await check(joined)
        assert kinds(joined) == set()

    async def test_most_of_the_rooms_servers_say_that_we_are_not_in_it(self, joined):
        """A kick that never reached us, and cannot be had any more by who is out."""
        joined.room.add(joined.alice, "m.room.member", {"membership": "leave"}, state_key=OUR_USER)

        await check(joined)

        (alert,) = room_of(joined).alerts
        assert alert.kind is AlertKind.SAID_TO_BE_REMOVED
        assert room_of(joined).is_joined  # nothing signed says so

    async def test_a_single_server_cannot_have_us_removed(self, joined):
        there = joined.room.snapshot()
        kicked = {**there.state}
        del kicked["m.room.member", OUR_USER]
        gone = joined.room.snapshot()
        gone.state = kicked
        joined.federation.views = {BOBS: gone}

        await check(joined, times=2)

        assert kinds(joined) == set()

    async def test_the_only_one_that_answers_is_believed_no_more_than_a_sender(self, joined):
        shut(joined, "evil.example")
        await check(joined)
        old = joined.room.snapshot()
        shut(joined, "worse.example")
        await check(joined)
        joined.federation.offline = {BOBS, CAROLS}
        joined.clock.advance(LONG_AGO_SECONDS)

        joined.federation.views = {ALICES: old}
        await check(joined)
        assert denied(joined, "worse.example")

        joined.federation.views.clear()
        shut(joined, "third.example")
        await check(joined)
        assert denied(joined, "third.example")

    async def test_servers_of_one_house_have_one_voice(self, joined):
        for number in range(3):
            twin = joined.federation.add_peer(f"s{number}.carol.net")
            joined.room.join(twin, "carol")
            await push(joined, joined.room.state["m.room.member", twin.user("carol")])

        answers = await check(joined)

        assert len({view.server for view in answers.views}) == 3
        assert len([view for view in answers.views if view.server.endswith("carol.net")]) == 1

    async def test_those_whom_the_room_trusts_are_asked_first(self, joined):
        for number in range(10):
            peer = joined.federation.add_peer(f"crowd{number}.org")
            for user in range(3):
                joined.room.join(peer, f"u{user}")
        joined.room.add(
            joined.alice,
            "m.room.power_levels",
            {"users": {joined.alice.user(): 100, joined.carol.user("carol"): 50}},
        )
        await check(joined)
        joined.federation.asked.clear()

        answers = await check(joined)

        assert {ALICES, CAROLS} <= {view.server for view in answers.views}
        assert len(answers.views) == 3

    async def test_a_server_that_the_acl_shuts_out_is_not_asked(self, joined):
        await push(joined, shut(joined, BOBS))

        answers = await check(joined)

        assert {view.server for view in answers.views} == {ALICES, CAROLS}

    async def test_those_who_are_away_are_replaced(self, joined):
        dave = joined.federation.add_peer("dave.org")
        joined.room.join(dave, "dave")
        await check(joined)
        joined.federation.offline = {ALICES}

        answers = await check(joined)

        assert {view.server for view in answers.views} == {BOBS, CAROLS, "dave.org"}

    @pytest.mark.parametrize(
        ("method", "answer"),
        [
            ("make_leave", {}),
            ("make_leave", {"event": {"prev_events": []}}),
            ("make_leave", {"event": {"prev_events": ["$x:y"] * 5}}),
            ("make_leave", {"event": {"prev_events": [7]}}),
            ("state_ids", {}),
            ("state_ids", {"pdu_ids": [1]}),
            ("state_ids", {"pdu_ids": "x"}),
            ("event", {}),
            ("event", {"pdus": [7]}),
            ("state", {"pdus": 7}),
            ("state", {"pdus": [7, {}, {"type": 7}]}),
        ],
    )
    async def test_rubbish_changes_nothing(self, joined, method, answer):
        before = list(room_of(joined).state.events())
        joined.room.add(joined.alice, "m.room.topic", {"topic": "more tea"})
        for number in range(30 if method == "state" else 0):
            joined.room.add(joined.alice, "org.example", {}, state_key=str(number))
        joined.federation.tamper[method] = lambda _: answer

        await check(joined)

        assert list(room_of(joined).state.events()) == before


class TestHowMuchIsAsked:
    async def test_much_that_is_unknown_is_had_in_one_piece(self, joined):
        for number in range(200):
            joined.room.add(joined.alice, "org.example", {}, state_key=str(number))
        shut(joined, "evil.example")

        await check(joined)

        asked = [method for method, _ in joined.federation.asked]
        assert 1 <= asked.count("state") <= 3
        assert asked.count("event") <= 3
        assert denied(joined, "evil.example")
        joined.federation.asked.clear()
        await check(joined)
        assert {method for method, _ in joined.federation.asked} == {"make_leave", "state_ids"}

    async def test_a_crowd_that_we_missed_is_taken_in_bit_by_bit(self, joined, monkeypatch):
        monkeypatch.setattr(catalogues, "MAX_SHOWN_BYTES", 10_000)
        new = [joined.room.join(joined.bob, f"u{number}", displayname="x") for number in range(60)]
        shut(joined, "evil.example")

        await check(joined)

        state = room_of(joined).state
        known = [event for event in new if state.membership_of(event["state_key"]) == "join"]
        assert 0 < len(known) < 60
        assert denied(joined, "evil.example")
        joined.clock.advance(60)
        assert joined.schedule.due() == [joined.room.room_id]
        await check(joined, times=6)
        assert all(state.membership_of(event["state_key"]) == "join" for event in new)

    async def test_invented_state_does_not_fill_the_memory(self, joined, monkeypatch):
        """Whoever is in the room may be asked, and may answer with what nobody ever sent."""
        monkeypatch.setattr(catalogues, "MAX_SHOWN_BYTES", 10_000)
        monkeypatch.setattr(catalogues, "MAX_SHOWN_SINGLE_BYTES", 10_000)
        catalogue = await Catalogue.of(room_of(joined), set())
        room, bob = joined.room, joined.bob
        for number in range(100):
            acl = room.event(bob, "m.room.server_acl", {"allow": [f"{number}"]})
            user = bob.user(f"u{number}")
            content = {"membership": "join"}
            member = room.event(bob, "m.room.member", content, sender=user, state_key=user)
            for event in (acl, member):
                catalogue.add("evil.example", {**event, "unsigned": {"x": "y" * 100_000}})
        honest = room.event(joined.alice, "m.room.server_acl", {"allow": ["*"]})
        catalogue.add(ALICES, honest)

        assert 10 < len(catalogue.pdus) < 100
        assert sum(len(encode_canonical(pdu.json)) for pdu in catalogue.pdus.values()) < 22_000
        assert {pdu.type for pdu in catalogue.pdus.values()} == {MEMBER, SERVER_ACL}
        assert event_id_in(honest, room.version) in catalogue.pdus
        assert catalogue.is_cut_short

    async def test_a_servers_branches_that_have_little_in_common_are_not_taken(
        self, joined, monkeypatch
    ):
        monkeypatch.setattr(views_module, "MAX_DIFFERING", 10)
        shut(joined, "evil.example")
        invented = iter(range(1_000))
        joined.federation.tamper["make_leave"] = lambda answer: {
            **answer,
            "event": {**answer["event"], "prev_events": answer["event"]["prev_events"] * 2},
        }
        joined.federation.tamper["state_ids"] = lambda _: {
            "pdu_ids": [f"${next(invented):043d}" for _ in range(20)]
        }

        answers = await check(joined)

        assert not answers.views
        assert all("differ there in too much" in failure.reason for failure in answers.failures)
        assert not denied(joined, "evil.example")

    async def test_an_event_that_no_server_returns_is_treated_as_missing(self, joined):
        acl = shut(joined, "evil.example")
        joined.federation.hidden = {event_id_in(acl, joined.room.version)}
        joined.room.add(joined.alice, "m.room.message", {"body": "hi"}, state_key=None)

        await check(joined)

        assert not denied(joined, "evil.example")


class TestWhen:
    """The schedule, with the clock in our hands."""

    def due(self, world):
        return world.schedule.due()

    def test_a_room_is_looked_at_soon_after_a_start(self, joined):
        joined.schedule.add("!r")
        assert "!r" not in self.due(joined)
        joined.clock.advance(60)
        assert "!r" in self.due(joined)

    async def test_then_from_time_to_time(self, joined):
        room_id = joined.room.room_id
        await joined.state_checks.check(room_of(joined))

        joined.clock.advance(19 * 60)
        assert room_id not in self.due(joined)
        joined.clock.advance(11 * 60)
        assert room_id in self.due(joined)

    async def test_news_that_matters_is_compared_within_a_minute(self, joined):
        await check(joined)
        await push(joined, joined.room.join(joined.bob, "newcomer"))
        joined.clock.advance(60)
        assert joined.room.room_id not in self.due(joined)

        await push(joined, shut(joined, "evil.example"))
        joined.clock.advance(60)

        assert joined.room.room_id in self.due(joined)

    async def test_news_that_comes_while_the_servers_answer_is_looked_at_too(self, joined):
        await check(joined)
        news = shut(joined, "evil.example")
        schedule = joined.schedule
        schedule.note_started(joined.room.room_id)
        await push(joined, news)
        schedule.note_checked(joined.room.room_id, is_settled=True)

        joined.clock.advance(60)

        assert self.due(joined) == [joined.room.room_id]

    async def test_a_requesting_server_outside_the_room_raises_a_doubt(self, joined):
        await joined.state_checks.check(room_of(joined))
        joined.rooms.record_request(room_of(joined), "stranger.example")

        joined.clock.advance(299)
        assert joined.room.room_id not in self.due(joined)
        joined.clock.advance(1)
        assert joined.room.room_id in self.due(joined)

    async def test_a_room_that_asks_and_never_sends_raises_a_doubt(self, joined):
        await joined.state_checks.check(room_of(joined))
        joined.clock.advance(600)
        joined.rooms.record_request(room_of(joined), BOBS)
        joined.clock.advance(20)
        await push(joined, joined.room.join(joined.bob, "newcomer"))
        joined.clock.advance(20)
        assert joined.room.room_id not in self.due(joined)

        joined.rooms.record_request(room_of(joined), BOBS)
        joined.clock.advance(31)

        assert joined.room.room_id in self.due(joined)

    async def test_open_differences_are_checked_less_and_less_often(self, joined):
        joined.federation.offline = {ALICES, BOBS, CAROLS}
        for wait in (60, 120, 240, 480):
            await joined.state_checks.check(room_of(joined))
            joined.clock.advance(wait - 1)
            assert self.due(joined) == []
            joined.clock.advance(1 + wait / 2)  # by chance up to half as long again
            assert self.due(joined) == [joined.room.room_id]

    async def test_rooms_that_are_due_are_looked_at_until_told_to_stop(self, joined):
        shut(joined, "evil.example")
        task = asyncio.create_task(joined.state_checks.run())

        async with joined.clock.passing(), asyncio.timeout(60):
            while not denied(joined, "evil.example"):  # noqa: ASYNC110 - the clock is ours
                await asyncio.sleep(0.001)

        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()

    async def test_a_failed_check_of_one_room_does_not_stop_the_others(self, joined):

        def fail(_):
            raise RuntimeError("a bug of ours")

        joined.federation.tamper["make_leave"] = fail
        task = asyncio.create_task(joined.state_checks.run())
        async with joined.clock.passing(), asyncio.timeout(60):
            while self.due(joined):  # noqa: ASYNC110 - the clock is ours
                await asyncio.sleep(0.001)

        assert not task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def test_a_room_that_we_left_is_dropped(self, joined):
        await joined.rooms.leave(joined.room.room_id)

        await joined.state_checks._check_if_joined(joined.room.room_id)

        assert self.due(joined) == []
