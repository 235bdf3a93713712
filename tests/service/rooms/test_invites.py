"""Tests of signing invitations of our user: by its inviter's server, for nothing else."""

import asyncio

import pytest
from structlog.testing import capture_logs

from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.protocol.errors import EventMalformed, ProtocolError, SignatureInvalid
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.events.redaction import redact
from countersign.service.errors import Forbidden, RateLimited
from countersign.service.keys.key_ring import KeysUnavailable
from countersign.service.rooms import invites as invites_module
from countersign.service.rooms.invitations import IncompatibleRoomVersion, InviteMalformed
from countersign.service.rooms.invites import Invites
from tests.service.conftest import OUR_NAME, OUR_USER, every_kind_of_version
from tests.service.fake_rooms import FakeRoom


@pytest.fixture
def make_invites(world):
    def make(*accept_from, tries=1, is_expected=lambda _: False) -> Invites:
        return Invites(
            world.identity,
            accept_from=accept_from,
            is_expected=is_expected,
            rooms=world.rooms,
            key_ring=world.key_ring,
            background=world.background,
            join_after_seconds=(0,) * tries,
        )

    return make


@pytest.fixture
def invites(make_invites):
    return make_invites("*")


def invitation(world, **kwargs):
    return world.room.event(
        world.alice, "m.room.member", {"membership": "invite"}, **{"state_key": OUR_USER, **kwargs}
    )


async def accept(invites, world, event, **kwargs):
    pdu = parse_pdu(event, world.room.rules)
    return await invites.accept(
        **{
            "room_id": pdu.room_id,
            "event_id": pdu.event_id,
            "room_version": world.room.version,
            "event": event,
            "room_state": [],
            "origin": "example.org",
            **kwargs,
        }
    )


@every_kind_of_version
async def test_an_invitation_is_signed_and_the_room_joined(invites, world):
    event = invitation(world, unsigned={"age_ts": 5})

    signed = await accept(invites, world, event)
    await world.background.settle()

    assert signed == {**event, "signatures": signed["signatures"]}
    pdu = parse_pdu(signed, world.room.rules)
    own = world.identity.server_key.verify_key
    assert pdu.signatures.keys() == {"example.org", OUR_NAME}
    assert pdu.signatures[OUR_NAME].keys() == {own.key_id}
    assert own.verify_base64(pdu.signed_bytes, pdu.signatures[OUR_NAME][own.key_id])
    assert world.rooms.get(world.room.room_id).is_joined


@pytest.mark.parametrize("room_version", ["1", "2"], indirect=True)
async def test_the_old_endpoint_names_no_version(invites, world):
    await accept(invites, world, invitation(world), room_version=None)


async def test_an_invitation_makes_us_rejoin_a_room_that_we_seem_to_be_in(invites, world):
    """An invitation means that we are not in the room: we missed our own kick."""
    await world.rooms.join(world.room.room_id, ["example.org"])

    await accept(invites, world, invitation(world))
    await world.background.settle()

    assert len(world.federation.sent) == 2


async def test_an_invitation_does_not_replace_the_state_of_our_room(invites, world):
    """Its state would be a stranger's word; those who let us in at first are asked instead."""
    await world.rooms.join(world.room.room_id, ["example.org"])
    evil = world.federation.add_peer("evil.example")
    acl = world.room.event(evil, "m.room.server_acl", {"allow": [], "deny": ["*"]})

    def lie(answer):
        is_evil = world.federation.asked[-1] == ("send_join", "evil.example")
        return {**answer, "state": [*answer["state"], acl]} if is_evil else answer

    world.federation.tamper["send_join"] = lie
    event = world.room.event(evil, "m.room.member", {"membership": "invite"}, state_key=OUR_USER)

    await accept(invites, world, event, origin="evil.example")
    await world.background.settle()

    assert world.rooms.get(world.room.room_id).is_joined
    assert world.rooms.get(world.room.room_id).state.acl is None
    assert ("make_join", "evil.example") not in world.federation.asked


async def test_the_join_is_repeated_until_the_inviter_has_our_answer(make_invites, world):
    not_yet = [PeerRefused(403, "M_FORBIDDEN", "You are not invited"), PeerUnavailable("busy")]

    def refuse_at_first(answer):
        if not_yet:
            raise not_yet.pop()
        return answer

    world.federation.tamper["make_join"] = refuse_at_first

    await accept(make_invites("*", tries=3), world, invitation(world))
    await world.background.settle()

    assert world.rooms.get(world.room.room_id).is_joined


async def test_a_failed_join_is_logged_with_the_remedy(make_invites, world, capsys):
    world.federation.rooms.clear()

    await accept(make_invites("*", tries=2), world, invitation(world))
    await world.background.settle()

    told = capsys.readouterr().out
    assert "could not join the room that we were invited to" in told
    assert f"countersign rooms join {world.room.room_id} --via example.org" in told


@pytest.mark.parametrize(
    "accept_from",
    [
        pytest.param(["example.org"], id="the server"),
        pytest.param(["@alice:example.org"], id="the user"),
        pytest.param(["*.net", "@*:example.org"], id="the server's users"),
        pytest.param(["*"], id="everyone"),
    ],
)
async def test_invitations_from_accepted_users_and_servers_are_accepted(
    make_invites, world, accept_from
):
    await accept(make_invites(*accept_from), world, invitation(world))


@pytest.mark.parametrize(
    "accept_from",
    [
        pytest.param([], id="nobody"),
        pytest.param(["bob.example"], id="another server"),
        pytest.param(["@bob:example.org"], id="another user"),
        pytest.param(["EXAMPLE.ORG"], id="other letter case"),
        pytest.param(["example"], id="a part of the name"),
        pytest.param(["exampleXorg", "example?rg"], id="no regular expression"),
    ],
)
async def test_other_invitations_are_refused_with_the_name_of_the_setting(
    make_invites, world, accept_from
):
    with pytest.raises(Forbidden, match=r"@alice:example\.org.*invites\.accept_from"):
        await accept(make_invites(*accept_from), world, invitation(world))

    assert len(world.background) == 0


async def test_a_flood_of_invitations_does_not_fill_the_log(make_invites, world, monkeypatch):
    invites = make_invites()
    with capture_logs() as logs:
        for _ in range(20):
            with pytest.raises(Forbidden):
                await accept(invites, world, invitation(world))
        monkeypatch.setattr(invites_module, "TELL_EVERY_SECONDS", 0.0)
        with pytest.raises(Forbidden):
            await accept(invites, world, invitation(world))

    assert [line["others_since_the_last_line"] for line in logs] == [0, 19]
    assert logs[0]["sender"] == "@alice:example.org"


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({"state_key": "@bob:bob.example"}, id="of another user"),
        pytest.param({"state_key": f"@other:{OUR_NAME}"}, id="of another user of our server"),
        pytest.param({"state_key": OUR_USER.upper()}, id="of our user in other letter case"),
        pytest.param({"state_key": None}, id="of nobody"),
        pytest.param({"sender": f"@bot:{OUR_NAME}"}, id="by a user of ours"),
        pytest.param({"sender": "@bob:bob.example"}, id="by a user of a third server"),
    ],
)
async def test_invitations_of_other_users_are_not_signed(invites, world, keys):
    with pytest.raises(InviteMalformed):
        await accept(invites, world, invitation(world, **keys))


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        ("m.room.member", {"membership": "join"}),
        ("m.room.member", {"membership": "leave"}),
        ("m.room.member", {"membership": ["invite"]}),
        ("m.room.member", {}),
        ("m.room.message", {"membership": "invite"}),
        ("m.room.member", {"membership": "invite", "third_party_invite": {}}),
    ],
)
async def test_events_other_than_invitations_are_not_signed(invites, world, event_type, content):
    event = world.room.event(world.alice, event_type, content, state_key=OUR_USER)

    with pytest.raises(InviteMalformed):
        await accept(invites, world, event)


async def test_an_invitation_in_our_own_name_is_refused(invites, world):
    event = invitation(world, sender=f"@bot:{OUR_NAME}", key=world.identity.server_key)

    with pytest.raises(InviteMalformed, match="does not invite itself"):
        await accept(invites, world, event, origin=OUR_NAME)


@pytest.mark.parametrize(
    "path",
    [
        {"room_id": "!other:example.org"},
        {"event_id": "$" + "a" * 43},
        {"origin": "bob.example"},
    ],
)
async def test_the_path_and_the_origin_must_fit_the_event(invites, world, path):
    with pytest.raises(InviteMalformed):
        await accept(invites, world, invitation(world), **path)


async def test_an_altered_or_redacted_invitation_is_refused(invites, world):
    event = invitation(world)
    altered = {**event, "content": {**event["content"], "reason": "spam"}}

    with pytest.raises(InviteMalformed, match="content hash"):
        await accept(invites, world, altered)
    event = world.room.event(
        world.alice, "m.room.member", {"membership": "invite", "reason": "x"}, state_key=OUR_USER
    )
    with pytest.raises(InviteMalformed, match="content hash"):
        await accept(invites, world, redact(event, world.room.rules))


async def test_a_forged_invitation_is_refused(invites, world):
    with pytest.raises(SignatureInvalid):
        await accept(invites, world, invitation(world, key=world.bob.key))


async def test_an_unsigned_invitation_is_refused(invites, world):
    with pytest.raises(SignatureInvalid):
        await accept(invites, world, {**invitation(world), "signatures": {}})


async def test_an_invitation_with_unavailable_keys_is_not_remembered(invites, world):
    world.federation.offline.add("example.org")

    with pytest.raises(KeysUnavailable):
        await accept(invites, world, invitation(world))

    assert len(world.background) == 0


@pytest.mark.parametrize("version", ["13", "", "org.example"])
async def test_an_unknown_room_version_is_refused(invites, world, version):
    with pytest.raises(IncompatibleRoomVersion) as error:
        await accept(invites, world, invitation(world), room_version=version)

    assert error.value.room_version == version


async def test_an_event_in_the_format_of_another_room_version_is_refused(invites, world):
    with pytest.raises(EventMalformed):
        await accept(invites, world, invitation(world), room_version="1")


@pytest.mark.parametrize("room_version", ["12"], indirect=True)
async def test_since_version_12_the_create_event_must_be_the_rooms(invites, world):
    create = world.room.state["m.room.create", ""]
    other = FakeRoom("12", world.alice, name="other").state["m.room.create", ""]

    await accept(invites, world, invitation(world), room_state=[create])
    with pytest.raises(InviteMalformed, match="another room's create event"):
        await accept(invites, world, invitation(world), room_state=[other])


@every_kind_of_version
async def test_a_malformed_room_state_is_handled(invites, world):
    odd = [None, 1, "x", [], {}, {"type": "m.room.create"}, {"type": [], "hashes": {}}]

    await accept(invites, world, invitation(world), room_state=odd)


async def test_a_huge_room_state_is_refused(invites, world):
    with pytest.raises(ProtocolError, match="too many events"):
        await accept(invites, world, invitation(world), room_state=[{}] * 101)


async def test_an_invitation_sent_again_is_joined_once(make_invites, world):
    invites = make_invites("*")
    event = invitation(world)

    first = await accept(invites, world, event)
    again = await accept(invites, world, event)
    await world.background.settle()

    assert first == again
    assert len(world.federation.sent) == 1


async def test_concurrent_invitations_are_limited(invites, world, monkeypatch):
    monkeypatch.setattr("countersign.service.rooms.invites.MAX_JOINS_WAITING", 1)
    await accept(invites, world, invitation(world))
    await asyncio.sleep(0)
    other = FakeRoom("11", world.alice, name="other")
    event = other.event(world.alice, "m.room.member", {"membership": "invite"}, state_key=OUR_USER)

    with pytest.raises(RateLimited):
        await accept(invites, world, event)


async def test_moderators_of_a_configured_room_may_invite_us(make_invites, world):
    rooms = {world.room.room_id}
    invites = make_invites(is_expected=rooms.__contains__)
    await accept(invites, world, invitation(world))

    rooms.clear()
    with pytest.raises(Forbidden):
        await accept(invites, world, invitation(world))
