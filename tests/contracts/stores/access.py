"""The contract of `AccessStore`."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from countersign.ports.actors import Role, Scope
from countersign.ports.stores.access import AccessStore, AccessToken, FrozenActor

OpenAccess: TypeAlias = Callable[[], AccessStore]

TOKEN: Final = AccessToken(
    name="alice",
    token_hash=b"\x01" * 32,
    scopes=(
        Scope(role=Role.JUNIOR, community="a", rooms=frozenset({"!r:example.org"})),
        Scope(role=Role.READ, community="b"),
    ),
    created_ts=5,
    created_by="operator",
)
FROZEN: Final = FrozenActor(
    actor="alice", frozen_ts=3, frozen_by="operator", reason="a stolen laptop"
)


class AccessStoreContract:
    """Contract tests that every `AccessStore` must pass."""

    async def test_an_empty_store_lets_nobody_in(self, open_store: OpenAccess) -> None:
        assert await open_store().tokens() == []
        assert await open_store().frozen() == []

    async def test_tokens_come_back_by_name(self, open_store: OpenAccess) -> None:
        of_bob = replace(TOKEN, name="bob", expires_ts=99, scopes=(Scope(role=Role.OPERATOR),))
        for token in (of_bob, TOKEN):
            assert await open_store().add_token(token)

        assert await open_store().tokens() == [TOKEN, of_bob]

    async def test_a_name_is_given_to_one_token_for_ever(self, open_store: OpenAccess) -> None:
        store = open_store()
        assert await store.add_token(TOKEN)
        await store.revoke_token("alice", 9)
        await store.revoke_token("alice", 99)

        assert not await open_store().add_token(replace(TOKEN, token_hash=b"\x02" * 32))
        assert await open_store().tokens() == [replace(TOKEN, revoked_ts=9)]

    async def test_of_tokens_of_one_name_added_at_once_one_is_stored(
        self, open_store: OpenAccess
    ) -> None:
        tokens = [replace(TOKEN, token_hash=bytes([number]) * 32) for number in range(5)]
        stores = [open_store() for _ in tokens]

        added = await asyncio.gather(
            *(store.add_token(token) for store, token in zip(stores, tokens, strict=True))
        )

        assert sorted(added) == [False] * 4 + [True]
        assert await open_store().tokens() == [tokens[added.index(True)]]

    async def test_revoking_what_is_not_there_changes_nothing(self, open_store: OpenAccess) -> None:
        await open_store().revoke_token("nobody", 9)

        assert await open_store().tokens() == []

    async def test_a_frozen_actor_stays_frozen_until_unfrozen(self, open_store: OpenAccess) -> None:
        await open_store().freeze(FROZEN)
        await open_store().freeze(replace(FROZEN, frozen_ts=9, reason="another"))
        assert await open_store().frozen() == [FROZEN]

        await open_store().unfreeze("alice")
        await open_store().unfreeze("alice")
        assert await open_store().frozen() == []

    async def test_frozen_actors_come_by_name(self, open_store: OpenAccess) -> None:
        for name in ("bob", "alice"):
            await open_store().freeze(replace(FROZEN, actor=name))

        assert [each.actor for each in await open_store().frozen()] == ["alice", "bob"]
