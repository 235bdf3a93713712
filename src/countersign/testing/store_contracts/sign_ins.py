# ruff: noqa: D102 - a test's name says what it checks
"""The contract of `SignInStore`."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from countersign.ports.stores.review.sign_ins import BrowserSignIn, SignInStore

OpenSignIns: TypeAlias = Callable[[], SignInStore]
ERIN = "@erin:example.org"


def make_sign_in(number: int, *, network: str = "192.0.2.0/24") -> BrowserSignIn:
    """Return a browser that waits from `number` ms on."""
    return BrowserSignIn(
        secret_hash=bytes([number]) * 32,
        code=f"CODE-{number}",
        network=network,
        browser="Firefox on Linux",
        began_ts=number,
    )


async def _add(store: SignInStore, *sign_ins: BrowserSignIn, most_of_network: int = 10) -> None:
    for each in sign_ins:
        await store.add(each, since_ts=0, most=4, most_of_network=most_of_network)


class SignInStoreContract:
    """Contract tests that every `SignInStore` must pass."""

    async def test_who_waits_is_seen_by_every_process(self, open_store: OpenSignIns) -> None:
        await _add(open_store(), make_sign_in(2), make_sign_in(1))

        store = open_store()
        assert await store.waiting(since_ts=0) == [make_sign_in(1), make_sign_in(2)]
        assert await store.waiting(since_ts=2) == [make_sign_in(2)]

    async def test_the_oldest_go_of_a_network_and_of_all(self, open_store: OpenSignIns) -> None:
        store = open_store()
        other = make_sign_in(1, network="198.51.100.0/24")
        await _add(store, other, *map(make_sign_in, (2, 3, 4)), most_of_network=2)
        assert await store.waiting(since_ts=0) == [other, make_sign_in(3), make_sign_in(4)]

        await _add(store, make_sign_in(5), make_sign_in(6))
        assert [each.began_ts for each in await store.waiting(since_ts=0)] == [3, 4, 5, 6]

    async def test_what_is_old_goes_with_the_next(self, open_store: OpenSignIns) -> None:
        store = open_store()
        await _add(store, make_sign_in(1))
        await store.add(make_sign_in(9), since_ts=5, most=4, most_of_network=4)

        assert await store.waiting(since_ts=0) == [make_sign_in(9)]

    async def test_one_person_approves(self, open_store: OpenSignIns) -> None:
        store = open_store()
        await _add(store, make_sign_in(1))
        key = make_sign_in(1).secret_hash
        approved = await asyncio.gather(
            store.approve(key, ERIN, "123456"), store.approve(key, "@eve:example.org", "654321")
        )

        assert sorted(approved) == [False, True]
        (found,) = await store.waiting(since_ts=0)
        expected = (ERIN, "123456") if approved[0] else ("@eve:example.org", "654321")
        assert (found.approved_by, found.number) == expected
        assert not await store.approve(b"?" * 32, ERIN, "123456")

    async def test_wrong_tries_add_up_and_one_removes(self, open_store: OpenSignIns) -> None:
        store = open_store()
        await _add(store, make_sign_in(1))
        key = make_sign_in(1).secret_hash
        await store.count_wrong_try(key)
        await store.count_wrong_try(key)

        assert [each.wrong_tries for each in await store.waiting(since_ts=0)] == [2]
        assert sorted(await asyncio.gather(store.remove(key), store.remove(key))) == [False, True]

    async def test_ended_sessions_are_known_and_take_what_was_approved(
        self, open_store: OpenSignIns
    ) -> None:
        store = open_store()
        await _add(store, make_sign_in(1), make_sign_in(2))
        await store.approve(make_sign_in(1).secret_hash, ERIN, "123456")
        assert await store.sessions_ended_ts(ERIN) is None

        await store.end_sessions(ERIN, 7, since_ts=0)
        await store.end_sessions("@eve:example.org", 9, since_ts=0)
        await store.end_sessions(ERIN, 8, since_ts=0)

        assert await open_store().sessions_ended_ts(ERIN) == 8
        assert await store.waiting(since_ts=0) == [make_sign_in(2)]
        await store.end_sessions("@eve:example.org", 20, since_ts=10)
        assert await store.sessions_ended_ts(ERIN) is None
