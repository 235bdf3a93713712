"""Tests of OpenID tokens: for which users a homeserver can vouch."""

import asyncio
import hashlib
import json

import pytest

from countersign.ports.actors import Role
from countersign.service.commands.actors.browser_sign_ins import SignInRefused
from countersign.service.errors import RateLimited
from countersign.service.management.rooms import ManagementRooms
from countersign.service.sign_in.accounts import Accounts
from countersign.service.sign_in.openid import MAX_AT_ONCE, OpenIdSignIn

ALICE, MALLORY = "@alice:example.org", "@mallory:evil.example"


@pytest.fixture
def roles():
    return {ALICE: Role.LEAD, MALLORY: Role.READ}


@pytest.fixture
def openid(world, roles):
    world.federation.add_peer("evil.example")
    rooms = ManagementRooms([], federation=world.federation, store=world.stores.management)
    accounts = Accounts(
        rooms,
        {"default": roles},
        rooms=world.rooms,
        community_of=lambda _: "default",
        has_room_moderators=False,
    )
    return OpenIdSignIn(accounts, world.federation, world.stores.sign_ins, world.clock)


def pasted(token="secret", server="example.org", **changes):
    return json.dumps(
        {
            "access_token": token,
            "token_type": "Bearer",
            "matrix_server_name": server,
            "expires_in": 3600,
            **changes,
        }
    )


async def test_a_token_lets_in_whom_the_homeserver_names(world, openid):
    world.federation.openid_tokens["example.org", "secret"] = {"sub": ALICE}

    actor = await openid.prove(ALICE, pasted())

    assert (actor.name, actor.role_in("default")) == (ALICE, Role.LEAD)


async def test_a_token_lets_in_once(world, openid):
    world.federation.openid_tokens["example.org", "secret"] = {"sub": ALICE}
    results = await asyncio.gather(
        *(openid.prove(ALICE, pasted()) for _ in range(3)), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in results) == [
        "Actor", "SignInRefused", "SignInRefused",
    ]  # fmt: skip


async def test_a_used_token_lets_nobody_in_after_a_restart(world, openid):
    world.federation.openid_tokens["example.org", "secret"] = {"sub": ALICE}
    await openid.prove(ALICE, pasted())
    again = OpenIdSignIn(openid._accounts, world.federation, world.stores.sign_ins, world.clock)

    with pytest.raises(SignInRefused):
        await again.prove(ALICE, pasted())


async def test_a_token_that_nobody_vouches_for_takes_no_place_in_the_store(world, openid):
    with pytest.raises(SignInRefused):
        await openid.prove(ALICE, pasted("guessed"))

    assert not await world.stores.sign_ins.is_token_used(hashlib.sha256(b"guessed").digest())


@pytest.mark.parametrize(
    "answer",
    [
        {"sub": "@admin:example.org"},
        {"sub": "@Alice:example.org"},
        {"sub": "@alice:example.org\n"},
        {"sub": [ALICE]},
        {"sub": None},
        {},
        {"user_id": ALICE},
    ],
)
async def test_a_homeserver_that_names_another_lets_nobody_in(world, openid, answer):
    world.federation.openid_tokens["example.org", "secret"] = answer

    with pytest.raises(SignInRefused):
        await openid.prove(ALICE, pasted())


async def test_a_homeserver_never_vouches_for_another_servers_user(world, openid):
    """Mallory's server would vouch for Alice: it is not asked about her."""
    world.federation.openid_tokens["evil.example", "secret"] = {"sub": ALICE}

    for user_id, server in ((ALICE, "evil.example"), (MALLORY, "evil.example")):
        with pytest.raises(SignInRefused):
            await openid.prove(user_id, pasted(server=server))
    assert ("openid_userinfo", "example.org") not in world.federation.asked


async def test_a_user_without_a_role_causes_no_request(world, openid):
    for user_id in (
        "@eve:example.org",
        "@x:127.0.0.1:22",
        "@x:localhost",
        "eve",
        "",
        "@:example.org",
    ):
        with pytest.raises(SignInRefused):
            await openid.prove(user_id, pasted(server=user_id.partition(":")[2]))

    assert world.federation.asked == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "[]",
        "{}",
        pasted(access_token=""),
        pasted(access_token=7),
        pasted("é"),
        pasted("a\nb"),
        pasted("\ud800"),
        pasted("x" * 1_025),
        pasted(token_type="Basic"),
        pasted(token_type=None),
        pasted(matrix_server_name=["example.org"]),
        pasted() + " " * 5_000,
        "[" * 4_000,
    ],
)
async def test_an_invalid_token_is_refused_without_a_request(world, openid, text):
    with pytest.raises(SignInRefused):
        await openid.prove(ALICE, text)

    assert world.federation.asked == []


async def test_a_token_that_has_ended_is_refused(world, openid):
    with pytest.raises(SignInRefused, match="does not let you in"):
        await openid.prove(ALICE, pasted())


async def test_a_server_that_does_not_answer_leaves_the_token_good(world, openid):
    world.federation.openid_tokens["example.org", "secret"] = {"sub": ALICE}
    world.federation.offline.add("example.org")
    with pytest.raises(SignInRefused, match="does not answer now"):
        await openid.prove(ALICE, pasted())
    world.federation.offline.clear()

    assert (await openid.prove(ALICE, pasted())).name == ALICE


async def test_losing_the_role_during_sign_in_prevents_it(world, openid, roles, monkeypatch):
    async def slow(_server, _token):
        roles.clear()
        return {"sub": ALICE}

    monkeypatch.setattr(world.federation, "openid_userinfo", slow)

    with pytest.raises(SignInRefused):
        await openid.prove(ALICE, pasted())


async def test_slow_servers_take_no_more_than_a_few_places(world, openid, monkeypatch):
    release = asyncio.Event()

    async def slow(_server, _token):
        await release.wait()
        return {"sub": ALICE}

    monkeypatch.setattr(world.federation, "openid_userinfo", slow)
    asked = [
        asyncio.create_task(openid.prove(ALICE, pasted(f"t{number}")))
        for number in range(MAX_AT_ONCE + 1)
    ]
    await asyncio.sleep(0)
    release.set()
    results = await asyncio.gather(*asked, return_exceptions=True)

    assert [isinstance(each, RateLimited) for each in results] == [False] * MAX_AT_ONCE + [True]
