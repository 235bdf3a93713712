"""Tests of the access register under concurrent changes, and while the store is unavailable."""

import asyncio

import pytest

from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.access import AccessToken, FrozenActor
from countersign.service.commands.actors.access import AccessCommands
from countersign.service.commands.actors.access_register import AccessEnded, AccessRegister
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.command_group import CommandNeeds
from countersign.service.commands.actors.permissions import Permissions
from countersign.testing.clocks import ManualClock, RepeatableRandomness

OPERATOR = Actor.unlimited("ops", ActorKind.OPERATOR, Face.CLI)


class Store:
    """The store of a world, which can be slow to read, or fail to write."""

    def __init__(self, store):
        self._store = store
        self.is_full = False
        self.reading = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def tokens(self):
        found = await self._store.tokens()
        self.reading.set()
        await self.may_go_on.wait()
        return found

    async def revoke_token(self, name, revoked_ts):
        if self.is_full:
            raise StoreUnavailable("the disk is full")
        await self._store.revoke_token(name, revoked_ts)


@pytest.fixture
def store(world):
    return Store(world.stores.access)


@pytest.fixture
async def register(store):
    register = AccessRegister(store, ManualClock())
    await register.load()
    store.reading.clear()
    return register


def make_token(name):
    return AccessToken(
        name=name,
        token_hash=name.encode().ljust(32),
        scopes=(Scope(role=Role.MODERATOR, community="default"),),
        created_ts=1,
        created_by="ops",
    )


def frozen(name):
    return FrozenActor(actor=name, frozen_ts=1, frozen_by="ops", reason="")


async def while_it_reads(register, store, change):
    """Have the register read, and something change after the store was read."""
    store.may_go_on.clear()
    reading = asyncio.create_task(register.apply_changes(0))
    await store.reading.wait()
    changing = asyncio.create_task(change)
    for _ in range(50):
        await asyncio.sleep(0.001)
    is_effective = register.has_ended("erin")
    store.may_go_on.set()
    await asyncio.gather(reading, changing)
    return is_effective


@pytest.mark.parametrize("how", ["frozen", "revoked"])
async def test_access_that_ends_during_a_read_stays_ended(register, store, how):
    await register.add(make_token("erin"))
    token = register.find_token("erin")
    change = register.freeze(frozen("erin")) if how == "frozen" else register.revoke(token)

    assert await while_it_reads(register, store, change)  # no reading delays the end of an access
    assert register.has_ended("erin")


async def test_whom_another_process_froze_stays_frozen_whatever_is_unfrozen_meanwhile(
    register, store
):
    await register.freeze(frozen("erin"))

    await while_it_reads(register, store, register.unfreeze("erin"))

    assert not register.is_frozen("erin")
    assert await store.frozen() == []


async def test_a_token_created_during_a_read_is_valid(register, store):
    await while_it_reads(register, store, register.add(make_token("frank")))

    assert register.find_token("frank") is not None


async def test_a_revocation_that_is_not_stored_outlasts_freezing_and_unfreezing(register, store):
    await register.add(make_token("erin"))
    store.is_full = True
    with pytest.raises(StoreUnavailable):
        await register.revoke(register.find_token("erin"))
    await register.freeze(frozen("erin"))
    await register.unfreeze("erin")

    await register.apply_changes(0)

    assert register.has_ended("erin")


async def test_a_revocation_that_is_not_stored_can_be_given_again(world, register, store):
    """The error says so."""
    clock = ManualClock()
    permissions = Permissions(policies=None, require_active=lambda _: None)
    commands = AccessCommands(
        CommandNeeds(permissions, AuditLog(world.stores.audit, clock), clock),
        register,
        RepeatableRandomness(),
        room_names=dict,
    )
    await register.add(make_token("erin"))
    store.is_full = True
    with pytest.raises(StoreUnavailable):
        await commands.revoke_token(OPERATOR, "erin")
    store.is_full = False

    revoked = await commands.revoke_token(OPERATOR, "erin")

    assert revoked.revoked_ts is not None
    (stored,) = await store.tokens()
    assert stored.revoked_ts is not None
    with pytest.raises(AccessEnded):
        register.require_active(
            Actor(name="erin", kind=ActorKind.MODERATOR, face=Face.API, scopes=stored.scopes)
        )
