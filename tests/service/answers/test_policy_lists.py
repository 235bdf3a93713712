"""Tests of policy lists: which rule applies, to whom it may, and previews."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from countersign.basics.durations import DAY_MS
from countersign.policy.events import Event
from countersign.policy.filters.people.policy_list import PolicyList
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.policy.questions.lists import ListedBy
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState, StateEvent
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.list_reaches import (
    MAX_MEMBERS_COUNTED,
    MIN_MEMBERS_HIT,
    preview,
    reach_of,
)
from countersign.service.answers.policy_lists import PolicyListAnswers
from countersign.service.rooms.room import Room
from countersign.testing.counting import count_calls

RULES = get_room_version("11")
ROOM, OURS, THEIRS = "!room:example.org", "!ours:example.org", "!theirs:example.com"
JOINED_TS = 10 * DAY_MS
NOW_TS = 20 * DAY_MS
SPAMMER = "@spammer:bad.example"


def make_room(room_id, joined_ts=JOINED_TS):
    return Room(
        room_id=room_id,
        rules=RULES,
        state=RoomState(room_id, RULES),
        membership="joined",
        via=(),
        joined_ts=joined_ts,
    )


@pytest.fixture
def rooms():
    rooms = {room_id: make_room(room_id) for room_id in (ROOM, OURS, THEIRS)}
    for number in range(20):
        join(rooms[ROOM], f"@member{number}:example.org")
    return rooms


def join(room, user_id, known_since_ts=JOINED_TS):
    content = {"membership": "join"}
    room.state.apply(
        StateEvent("m.room.member", user_id, user_id, content, f"$j{user_id}", 2, 0, known_since_ts)
    )


def leave(room, user_id):
    content = {"membership": "leave"}
    room.state.apply(StateEvent("m.room.member", user_id, user_id, content, f"$l{user_id}", 3, 0))


def add_rule(room, entity, recommendation="m.ban", kind="user", known_since_ts=NOW_TS):
    room.state.apply(
        StateEvent(
            f"m.policy.rule.{kind}",
            f"rule:{entity}",
            "@mod:example.org",
            {"entity": entity, "recommendation": recommendation},
            f"${room.room_id}{entity}",
            2,
            0,
            known_since_ts,
        )
    )


@pytest.fixture
def find(rooms):
    answers = PolicyListAnswers(rooms.get)

    def ask(user_id=SPAMMER, *, linked=(), confirmed=(), percent=10, lists=(OURS, THEIRS), now=0.0):
        event = Event(
            type="m.room.message",
            sender=user_id,
            server=user_id.partition(":")[2],
            room_id=ROOM,
            state_key=None,
            content={},
            origin_server_ts=0,
            size_bytes=100,
        )
        context = EventContext(
            community="default",
            policy=parse_policy(b"filters: []", BUILTIN_FILTERS),
            room=rooms[ROOM],
            event=event,
            now=now,
            now_ts=NOW_TS,
        )
        question = ListedBy(lists, (user_id,), tuple(linked), percent, tuple(confirmed))
        listing = answers.answer(question, context)
        return listing and (listing.list_id, listing.rule.shown)

    return ask


def test_a_user_on_no_list_has_no_rule(rooms, find):
    add_rule(rooms[OURS], "@other:bad.example")
    add_rule(rooms[OURS], "#room:bad.example", kind="room")

    assert find() is None
    assert find("not a user") is None


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        (SPAMMER, "user"),
        ("@spam*:*", "user"),
        ("bad.example", "server"),
        ("*.example", "server"),
    ],
)
def test_users_are_found_by_name_by_glob_and_by_server(rooms, find, entity, kind):
    add_rule(rooms[THEIRS], entity, kind=kind)

    assert find() == (THEIRS, entity)


def test_a_ban_of_a_server_is_meant_for_all_its_ports(rooms, find):
    add_rule(rooms[OURS], "bad.example", kind="server")

    assert find("@spammer:bad.example:8448") == (OURS, "bad.example")


def test_linked_rooms_are_looked_up_as_rooms(rooms, find):
    add_rule(rooms[OURS], "#bad:*", kind="room")

    assert find("@bob:example.com", linked=["#good:example.org"]) is None
    assert find("@bob:example.com", linked=["#good:b", "#bad:b"]) == (OURS, "#bad:*")


class TestTheOrderOfLists:
    def test_an_unban_in_the_first_list_spares_from_those_below(self, rooms, find):
        add_rule(rooms[THEIRS], "bad.example", kind="server")
        add_rule(rooms[OURS], SPAMMER, "m.unban")

        assert find() is None
        assert find("@other:bad.example") == (THEIRS, "bad.example")

    def test_an_unban_further_down_does_not_help(self, rooms, find):
        add_rule(rooms[OURS], "bad.example", kind="server")
        add_rule(rooms[THEIRS], SPAMMER, "m.unban")

        assert find() == (OURS, "bad.example")
        assert find(lists=(THEIRS, OURS)) is None

    def test_within_a_list_an_unban_outweighs_a_ban(self, rooms, find):
        add_rule(rooms[OURS], "bad.example", kind="server")
        add_rule(rooms[OURS], "@spam*:*", "m.unban")

        assert find() is None


class TestAListThatIsNotThere:
    def test_says_nothing_and_the_others_go_on(self, rooms, find):
        add_rule(rooms[THEIRS], SPAMMER)

        with capture_logs() as logs:
            assert find(lists=("!gone:example.org", THEIRS)) == (THEIRS, SPAMMER)
            assert find(lists=("!gone:example.org", THEIRS)) == (THEIRS, SPAMMER)

        assert [line["list_id"] for line in logs] == ["!gone:example.org"]

    def test_a_list_that_we_left_is_not_followed_any_more(self, rooms, find):
        add_rule(rooms[THEIRS], SPAMMER)
        rooms[THEIRS].membership = "left"

        assert find() is None


class TestARuleThatIsTooWide:
    @pytest.mark.parametrize("kind", ["user", "server"])
    @pytest.mark.parametrize("entity", ["*", "@*:*", "*:*", "**"])
    def test_nobody_is_refused_for_a_rule_about_everyone(self, rooms, find, kind, entity):
        add_rule(rooms[OURS], entity, kind=kind)

        assert find("@newcomer:elsewhere.example") is None

    @pytest.mark.parametrize(
        ("entity", "kind"), [("example.org", "server"), ("exam*", "server"), ("@m*:*", "user")]
    )
    def test_an_ignored_rule_is_logged_once_an_hour(self, rooms, find, entity, kind):
        add_rule(rooms[OURS], entity, kind=kind)

        with capture_logs() as logs:
            answers = [find("@member1:example.org", now=now) for now in (0.0, 60.0, 4_000.0)]

        assert answers == [None, None, None]
        assert [line["reason"] for line in logs] == ["it describes 20 of 20 members"] * 2

    def test_counts_once_it_is_confirmed(self, rooms, find):
        add_rule(rooms[OURS], "Example.org", kind="server")
        add_rule(rooms[THEIRS], "@*:*")

        confirmed = find("@member1:example.org", confirmed=["Example.org"])
        assert confirmed == (OURS, "example.org")
        assert find(confirmed=["@*:*"]) == (THEIRS, "@*:*")

    def test_a_named_user_is_never_too_many(self, rooms, find):
        add_rule(rooms[OURS], "@member1:example.org")

        assert find("@member1:example.org", percent=1) == (OURS, "@member1:example.org")

    def test_a_rule_that_matches_one_member_of_a_small_room_counts(self, rooms, find):
        assert MIN_MEMBERS_HIT == 2
        small = rooms[ROOM] = make_room(ROOM)
        join(small, SPAMMER)
        join(small, "@alice:example.org")
        add_rule(rooms[OURS], "bad.example", kind="server")

        assert find() == (OURS, "bad.example")

    def test_a_raid_cannot_set_the_rule_against_it_aside(self, rooms, find):
        for number in range(200):
            join(rooms[ROOM], f"@raider{number}:bad.example", NOW_TS - DAY_MS // 2)
        for number in range(200):
            join(rooms[ROOM], f"@later{number}:bad.example", NOW_TS + DAY_MS)
        add_rule(rooms[OURS], "bad.example", kind="server")

        assert find("@raider1:bad.example") == (OURS, "bad.example")
        rule = next(iter(rooms[OURS].state.policy_rules))
        assert reach_of(rule, rooms[ROOM]) == (0, 20)

    def test_the_limit_is_the_filters(self, rooms, find):
        for number in range(3):
            join(rooms[ROOM], f"@old{number}:bad.example")
        add_rule(rooms[OURS], "bad.example", kind="server")

        assert find(percent=10) is None
        assert find(percent=20) == (OURS, "bad.example")

    def test_in_a_room_of_thousands_some_stand_for_all_and_nobody_waits(self, rooms):
        medium, large = make_room(ROOM), make_room(ROOM)
        for number in range(3 * MAX_MEMBERS_COUNTED):
            member = f"@member{number}:server{number % 4}.example.org"
            join(large, member)
            if number < MAX_MEMBERS_COUNTED:
                join(medium, member)
        add_rule(rooms[OURS], "@*1:server1.*")
        (rule,) = rooms[OURS].state.policy_rules

        assert reach_of(rule, large) == (MAX_MEMBERS_COUNTED // 20, MAX_MEMBERS_COUNTED)
        steps = count_calls(lambda: reach_of(rule, medium))
        assert count_calls(lambda: reach_of(rule, large)) <= steps + 10

    def test_those_who_left_a_large_room_hold_nobody_up(self, rooms):
        room = make_room(ROOM)
        for number in range(2 * MAX_MEMBERS_COUNTED):
            join(room, f"@member{number}:example.org")
        for number in range(2 * MAX_MEMBERS_COUNTED):
            leave(room, f"@member{number}:example.org")
        for number in range(20):
            join(room, f"@late{number}:example.org")
        add_rule(rooms[OURS], "@*1:example.*")
        (rule,) = rooms[OURS].state.policy_rules

        assert reach_of(rule, room) == (2, 20)
        assert count_calls(lambda: reach_of(rule, room)) < 2_000


class TestPreview:
    async def test_the_preview_of_a_list_without_matches_is_empty(self, rooms):
        add_rule(rooms[OURS], SPAMMER)
        found = await preview(rooms[ROOM], [rooms[OURS]], PolicyList(lists=(OURS,)))

        assert (found.members, found.hit, found.shown, found.too_wide) == (20, 0, [], {})

    async def test_shows_who_would_be_hit_and_which_rules_are_too_wide(self, rooms):
        join(rooms[ROOM], SPAMMER)
        join(rooms[ROOM], "@spared:bad.example")
        add_rule(rooms[OURS], "@spared:*", "m.unban")
        add_rule(rooms[THEIRS], "@sp*:bad.example")
        add_rule(rooms[THEIRS], "example.org", kind="server")
        found = await preview(
            rooms[ROOM], [rooms[OURS], rooms[THEIRS]], PolicyList(lists=(OURS, THEIRS))
        )

        assert (found.members, found.hit) == (22, 1)
        ((user_id, listing),) = found.shown
        assert (user_id, listing.list_id) == (SPAMMER, THEIRS)
        ((wide, reach),) = found.too_wide.values()
        assert (wide.rule.entity, reach) == ("example.org", (20, 22))
        everyone = await preview(
            rooms[ROOM],
            [rooms[THEIRS]],
            replace(PolicyList(lists=(THEIRS,)), confirmed=("example.org",)),
        )
        assert everyone.hit == 22
