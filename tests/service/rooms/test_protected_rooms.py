"""Tests of protected rooms: followed as their servers say, and equal after a restart."""

import asyncio

import pytest

from countersign.basics.backoff import Backoff
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.rooms import StoredRoom
from countersign.protocol.rooms.policy_servers import room_policy_content
from countersign.service.errors import Forbidden, NotFound
from countersign.service.handshakes.joining import JoinFailed
from countersign.service.rooms import late_verification
from countersign.service.rooms.rejoining import rejoin
from countersign.service.rooms.room import NamesOfRooms
from countersign.service.rooms.room_alerts import AlertKind
from tests.service.conftest import OUR_NAME, OUR_USER, every_kind_of_version


@pytest.fixture
async def joined(world):
    await world.rooms.join(world.room.room_id, ["example.org"])
    return world


def room_of(world):
    return world.rooms.get(world.room.room_id)


def kinds(world) -> set[str]:
    return {alert.kind.value for alert in room_of(world).alerts}


def our_policy(world):
    key = world.identity.policy_key.verify_key
    return room_policy_content(OUR_NAME, key)


async def follow(world, *args, **kwargs):
    event = world.room.pdu(*args, **kwargs)
    world.room.accept(event.json)
    await world.rooms.follow(event)


def test_rooms_that_we_did_not_join_are_unknown(world):
    assert world.rooms.get(world.room.room_id) is None
    assert world.rooms.find_rules(world.room.room_id) is None
    assert world.rooms.all() == ()


async def test_a_room_that_was_not_checked_yet_is_reported_as_such(world):
    rooms = world.restarted()

    assert not rooms.is_loaded
    await rooms.load()
    assert rooms.is_loaded


@every_kind_of_version
async def test_a_restart_changes_nothing(joined, room_version):
    await follow(joined, joined.alice, "m.room.policy", our_policy(joined))
    before = room_of(joined)

    rooms = joined.restarted()
    await rooms.load()

    (after,) = rooms.all()
    assert after.is_joined
    assert after.rules is before.rules
    assert sorted(after.state.events(), key=repr) == sorted(before.state.events(), key=repr)
    assert after.alerts == before.alerts == ()


async def test_a_stored_room_of_an_unknown_version_is_not_changed(world):
    stored = StoredRoom(
        room_id="!future:example.org",
        room_version="99",
        membership="joined",
        via=(),
        joined_ts=0,
        state=(),
        note="",
    )
    await world.store.save(stored)

    rooms = world.restarted()
    await rooms.load()

    assert rooms.is_loaded
    assert rooms.get("!future:example.org") is None


async def test_trouble_with_the_store_at_the_start_is_reported(world, monkeypatch):
    async def fail(_room_id, _at_most):
        raise StoreUnavailable("no disk")

    monkeypatch.setattr(world.store, "load_after", fail)
    rooms = world.restarted()

    with pytest.raises(StoreUnavailable):
        await rooms.load()

    assert not rooms.is_loaded


async def test_concurrent_join_requests_share_one_join(world):
    await asyncio.gather(*(world.rooms.join(world.room.room_id, ["example.org"]) for _ in range(5)))

    assert len(world.federation.sent) == 1


async def test_a_join_goes_on_when_its_caller_is_gone(world):
    world.federation.on_send_join = lambda: task.cancel()
    task = asyncio.create_task(world.rooms.join(world.room.room_id, ["example.org"]))

    with pytest.raises(asyncio.CancelledError):
        await task

    room = await world.rooms.join(world.room.room_id, ["example.org"])
    assert room.is_joined
    assert len(world.federation.sent) == 1


async def test_a_new_room_waits_for_its_policy(joined):
    (alert,) = room_of(joined).alerts

    assert alert.kind is AlertKind.NOT_NAMED
    assert '"via": "policy.example.com"' in alert.remedy


async def test_all_is_well_once_the_room_names_us(joined):
    await follow(joined, joined.alice, "m.room.policy", our_policy(joined))

    assert kinds(joined) == set()


async def test_a_room_with_another_policy_key_is_noticed(joined):
    content = our_policy(joined)
    content["public_keys"] = {"ed25519": joined.bob.key.verify_key.to_base64()}

    await follow(joined, joined.alice, "m.room.policy", content)

    assert kinds(joined) == {"key-mismatch"}


async def test_a_room_with_another_policy_server_is_noticed(joined):
    content = {**our_policy(joined), "via": "other.example"}

    await follow(joined, joined.alice, "m.room.policy", content)

    assert kinds(joined) == {"not-named"}


async def test_an_acl_that_excludes_us_is_noticed(joined):
    await follow(joined, joined.alice, "m.room.policy", our_policy(joined))

    await follow(
        joined, joined.alice, "m.room.server_acl", {"allow": ["*"], "deny": ["policy.*.com"]}
    )

    assert kinds(joined) == {"acl-denied"}


@pytest.mark.parametrize(
    ("membership", "stands", "kind"), [("leave", "kicked", "kicked"), ("ban", "banned", "banned")]
)
async def test_a_removal_from_a_room_is_noticed(joined, membership, stands, kind):
    content = {"membership": membership, "reason": "too strict"}

    await follow(joined, joined.alice, "m.room.member", content, state_key=OUR_USER)

    assert not room_of(joined).is_joined
    assert kinds(joined) == {kind}
    assert "by @alice:example.org: too strict" in room_of(joined).alerts[0].message
    (stored,) = await joined.store.load()
    assert (stored.membership, stored.note) == (stands, "by @alice:example.org: too strict")


async def test_a_bystander_cannot_throw_it_out(joined):
    with pytest.raises(Forbidden):
        await follow(
            joined,
            joined.bob,
            "m.room.member",
            {"membership": "leave"},
            sender="@bob:bob.example",
            state_key=OUR_USER,
        )

    assert room_of(joined).is_joined


async def test_a_kick_from_before_our_return_does_not_count_again(joined):
    kick = joined.room.pdu(
        joined.alice, "m.room.member", {"membership": "leave"}, state_key=OUR_USER
    )
    joined.room.accept(kick.json)
    await joined.rooms.follow(kick)
    await joined.rooms.join(joined.room.room_id, ["example.org"])

    await joined.rooms.follow(kick)

    assert room_of(joined).is_joined


async def test_an_older_policy_does_not_replace_the_newer(joined):
    old = joined.room.pdu(joined.alice, "m.room.policy", {})
    joined.room.accept(old.json)
    await joined.rooms.follow(old)
    await follow(joined, joined.alice, "m.room.policy", our_policy(joined))

    await joined.rooms.follow(old)

    assert kinds(joined) == set()


async def test_members_and_power_levels_are_followed(joined):
    await follow(
        joined,
        joined.alice,
        "m.room.power_levels",
        {"users": {"@alice:example.org": 100, "@bob:bob.example": 50}},
    )
    await follow(
        joined,
        joined.bob,
        "m.room.member",
        {"membership": "join", "displayname": "Robert"},
        sender="@bob:bob.example",
        state_key="@bob:bob.example",
    )

    state = room_of(joined).state
    assert state.power_levels.user_level("@bob:bob.example") == 50
    assert state.members["@bob:bob.example"].display_name == "Robert"


class TestKnownSince:
    """Since when we know a member, which is what trust in newcomers is built on."""

    async def change(self, world, peer, user_id, **content):
        await follow(world, peer, "m.room.member", content, sender=user_id, state_key=user_id)

    def since(self, world, user_id="@bob:bob.example"):
        return room_of(world).state.member_known_since_ts(user_id)

    async def test_earlier_members_are_known_since_our_join(self, joined):
        joined.clock.advance(5)
        await self.change(
            joined, joined.bob, "@bob:bob.example", membership="join", displayname="Robert"
        )

        assert self.since(joined) == room_of(joined).joined_ts
        assert self.since(joined, OUR_USER) == room_of(joined).joined_ts

    async def test_later_members_are_known_since_their_join_by_our_clock(self, joined):
        joined.clock.advance(3600)
        await self.change(joined, joined.bob, "@new:bob.example", membership="join")

        assert self.since(joined, "@new:bob.example") == joined.clock.now_ts()

    async def test_later_members_never_count_as_earlier_ones(self, joined):
        joined.clock.advance(-3600)
        await self.change(joined, joined.bob, "@new:bob.example", membership="join")

        assert self.since(joined, "@new:bob.example") > room_of(joined).joined_ts

    async def test_a_restart_forgets_it_not(self, joined):
        joined.clock.advance(60)
        await self.change(joined, joined.bob, "@new:bob.example", membership="join")
        since = self.since(joined, "@new:bob.example")
        joined.clock.advance(60)
        await self.change(
            joined, joined.bob, "@new:bob.example", membership="join", displayname="Newt"
        )

        joined.rooms = joined.restarted()
        await joined.rooms.load()

        assert self.since(joined, "@new:bob.example") == since
        assert self.since(joined) == room_of(joined).joined_ts

    async def test_a_new_join_of_ours_makes_nobody_a_newcomer(self, joined):
        before = room_of(joined).joined_ts
        joined.clock.advance(3600)

        await joined.rooms.join(joined.room.room_id, ["example.org"], force=True)

        assert self.since(joined) == before
        assert room_of(joined).joined_ts > before


async def test_types_that_are_not_kept_are_ignored(joined):
    stored = await joined.store.load()

    await follow(joined, joined.alice, "m.room.topic", {"topic": "tea"})
    await follow(joined, joined.alice, "m.room.message", {"body": "hi"}, state_key=None)

    assert await joined.store.load() == stored


async def test_events_during_a_join_are_not_lost(world):
    """The moderator who waits for us acts as soon as our join is seen."""

    def act():
        policy = world.room.pdu(world.alice, "m.room.policy", our_policy(world))
        assert world.rooms.find_rules(world.room.room_id) is world.room.rules
        late.append(asyncio.create_task(world.rooms.follow(policy)))

    late = []
    world.federation.on_send_join = act

    await world.rooms.join(world.room.room_id, ["example.org"])

    assert late[0].done()
    assert kinds(world) == set()


async def test_a_failed_store_fails_the_join(world, monkeypatch):
    async def fail(*_):
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(world.store, "save", fail)

    with pytest.raises(StoreUnavailable):
        await world.rooms.join(world.room.room_id, ["example.org"])

    assert room_of(world) is None


async def test_servers_that_were_away_are_asked_again(world, monkeypatch):
    monkeypatch.setattr(late_verification, "BACKOFF", Backoff(first=0, longest=0))
    gone = world.federation.add_peer("gone.example")
    world.room.join(gone, "carol")
    world.federation.offline.add("gone.example")
    await world.rooms.join(world.room.room_id, ["example.org"])
    assert "partially-verified" in kinds(world)

    world.federation.offline.clear()
    world.clock.advance(3600)
    await world.background.settle()

    assert room_of(world).state.members["@carol:gone.example"].membership == "join"
    assert "partially-verified" not in kinds(world)
    (stored,) = await world.store.load()
    assert stored.note == ""


class TestAfterARestart:
    """Work that a stop of the program interrupted continues."""

    async def test_servers_that_were_away_are_asked_again(self, world, monkeypatch):
        monkeypatch.setattr(late_verification, "BACKOFF", Backoff(first=0.001, longest=0.001))
        gone = world.federation.add_peer("gone.example")
        world.room.join(gone, "carol")
        world.federation.offline.add("gone.example")
        await world.rooms.join(world.room.room_id, ["example.org"])
        await world.background.aclose()
        await world.key_ring.settle()

        world.federation.offline.clear()
        world.clock.advance(3600)
        world.rooms = world.restarted()
        await world.rooms.load()
        assert "partially-verified" in kinds(world)
        await world.background.settle()

        assert "partially-verified" not in kinds(world)
        state = room_of(world).state
        assert state.member_known_since_ts("@carol:gone.example") == room_of(world).joined_ts
        assert await world.store.load_unverified(world.room.room_id) == []

    async def test_a_join_that_was_interrupted_is_gone_on_with(self, world):
        """The room counts us in already, and we would know nothing of it."""
        await self.stop_in_the_middle_of_a_join(world)
        assert world.room.membership_of(OUR_USER) == "join"
        assert room_of(world) is None

        world.rooms = world.restarted()
        await world.rooms.load()
        await world.rooms.resume_joins()
        assert world.rooms.is_joining(world.room.room_id)
        await world.background.settle()

        assert room_of(world).is_joined
        assert not world.rooms.is_joining(world.room.room_id)
        assert await world.store.joins_under_way() == []

    async def test_it_is_tried_again_while_nobody_answers(self, world):
        await self.stop_in_the_middle_of_a_join(world)
        world.federation.offline = {"example.org", "bob.example"}
        world.rooms = world.restarted()
        await world.rooms.load()
        await world.rooms.resume_joins()
        async with world.clock.passing():
            await world.background.settle()

        assert room_of(world) is None
        assert await world.store.joins_under_way() == []
        assert not world.rooms.is_joining(world.room.room_id)

    async def test_a_join_that_ended_is_over(self, world):
        await world.rooms.join(world.room.room_id, ["example.org"])
        with pytest.raises(JoinFailed):
            await world.rooms.join("!no:example.org", ["example.org"])

        assert await world.store.joins_under_way() == []

    async def stop_in_the_middle_of_a_join(self, world):
        async def stop(_room, _unverified):
            raise asyncio.CancelledError

        save = world.store.save
        world.store.save = stop
        with pytest.raises(asyncio.CancelledError):
            await world.rooms.join(world.room.room_id, ["example.org"])
        world.store.save = save


async def test_a_room_that_threw_us_out_is_joined_again_by_command(joined):
    await follow(joined, joined.alice, "m.room.member", {"membership": "leave"}, state_key=OUR_USER)
    assert not room_of(joined).is_joined

    await rejoin(joined.rooms, joined.room.room_id)

    assert room_of(joined).is_joined
    with pytest.raises(NotFound):
        await rejoin(joined.rooms, "!never:example.org")


async def test_an_alert_is_told_once(joined, capsys):
    await follow(joined, joined.alice, "m.room.join_rules", {"join_rule": "invite"})
    await follow(joined, joined.alice, "m.room.policy", {"via": "other.example"})
    told = capsys.readouterr().out
    await follow(joined, joined.alice, "m.room.join_rules", {"join_rule": "public"})

    assert told.count("no m.room.policy yet") <= 1
    assert "no m.room.policy yet" not in capsys.readouterr().out


async def test_names_of_rooms_are_looked_up_as_they_are_now(joined):
    names = NamesOfRooms(joined.rooms.get, joined.rooms.all)
    room_id = joined.room.room_id
    before = dict(names)

    await follow(joined, joined.alice, "m.room.name", {"name": "Lobby"})

    assert (list(names), before[room_id]) == ([room_id], None)
    assert (names[room_id], names.get("!unknown:x"), len(names)) == ("Lobby", None, 1)
