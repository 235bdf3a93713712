"""Tokens, frozen actors and the audit log are stored as they are told, for every process."""

import pytest

from countersign.adapters.sql.stores.access import SqliteAccessStore, SqliteAuditStore
from countersign.ports.actors import Role, Scope
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.access import AccessToken, FrozenActor
from countersign.ports.stores.audit import AuditEntry


def entry(**values):
    return AuditEntry(
        **{
            "ts": 1,
            "actor": "alice",
            "kind": "moderator",
            "face": "cli",
            "command": "trust set",
            "community": "a",
            "subject": "@x:example.org",
            "details": {"before": None, "after": "trusted"},
            "result": None,
            **values,
        }
    )


def token(name="alice", **values):
    scopes = (
        Scope(role=Role.JUNIOR, community="a", rooms=frozenset({"!r:example.org"})),
        Scope(role=Role.READ, community="b"),
    )
    return AccessToken(
        **{
            "name": name,
            "token_hash": b"\x01" * 32,
            "scopes": scopes,
            "created_ts": 5,
            "created_by": "operator",
            **values,
        }
    )


async def test_an_entry_comes_back_and_is_concluded_once(open_database):
    store = SqliteAuditStore(open_database())
    first = await store.append(entry())
    second = await store.append(entry(ts=2, actor="bob"))

    await store.conclude(first, "done", {"after": "banned"})
    await store.conclude(first, "failed", {})
    found = await SqliteAuditStore(open_database()).latest()

    assert second > first
    assert [each.actor for each in found] == ["bob", "alice"]
    assert found[1] == entry(entry_id=first, result="done", details={"after": "banned"})


async def test_entries_are_found_by_community_actor_time_and_place(open_database):
    store = SqliteAuditStore(open_database())
    for values in (
        {"community": "a"},
        {"community": "b", "ts": 2},
        {"community": "*", "ts": 3, "actor": "bob"},
        {"community": None, "ts": 4},
    ):
        await store.append(entry(**values))

    async def communities(**asked):
        return [each.community for each in await store.latest(**asked)]

    assert await communities() == [None, "*", "b", "a"]
    assert await communities(communities={"a"}) == ["*", "a"]
    assert await communities(communities=set()) == ["*"]
    assert await communities(communities={"a"}, community="b") == ["*"]
    assert await communities(community="b") == ["*", "b"]
    assert await communities(actor="bob") == ["*"]
    assert await communities(since_ts=3) == [None, "*"]
    assert await communities(before_id=2) == ["a"]
    assert await communities(limit=1) == [None]


async def test_a_name_is_given_to_one_token_for_ever(open_database):
    store = SqliteAccessStore(open_database())

    assert await store.add_token(token())
    await store.revoke_token("alice", 9)
    await store.revoke_token("alice", 99)

    assert not await store.add_token(token(token_hash=b"\x02" * 32))
    assert await SqliteAccessStore(open_database()).tokens() == [token(revoked_ts=9)]


async def test_who_is_frozen_stays_so_until_unfrozen(open_database):
    store = SqliteAccessStore(open_database())
    frozen = FrozenActor(actor="alice", frozen_ts=3, frozen_by="operator", reason="stolen laptop")

    await store.freeze(frozen)
    await store.freeze(FrozenActor(actor="alice", frozen_ts=9, frozen_by="x", reason=""))
    assert await SqliteAccessStore(open_database()).frozen() == [frozen]

    await store.unfreeze("alice")
    assert await store.frozen() == []


async def test_a_damaged_token_is_no_token(open_database, other_process):
    store = SqliteAccessStore(open_database())
    await store.add_token(token())
    other_process.execute("UPDATE access_tokens SET scopes = '[{}]'")

    with pytest.raises(StoreUnavailable):
        await store.tokens()
