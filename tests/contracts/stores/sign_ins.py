"""The contract of `SignInStore`."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from countersign.ports.stores.review.sign_ins import BrowserSignIn, SignInStore

OpenSignIns: TypeAlias = Callable[[], SignInStore]
ERIN = "@erin:example.org"
EVE = "@eve:example.org"


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

    async def test_a_waiting_sign_in_is_seen_by_every_process(
        self, open_store: OpenSignIns
    ) -> None:
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

    async def test_an_old_sign_in_goes_with_the_next(self, open_store: OpenSignIns) -> None:
        store = open_store()
        await _add(store, make_sign_in(1))
        await store.add(make_sign_in(9), since_ts=5, most=4, most_of_network=4)

        assert await store.waiting(since_ts=0) == [make_sign_in(9)]

    async def test_one_person_approves(self, open_store: OpenSignIns) -> None:
        store = open_store()
        await _add(store, make_sign_in(1))
        key = make_sign_in(1).secret_hash
        approved = await asyncio.gather(
            store.approve(key, ERIN, "123456", approved_ts=5),
            store.approve(key, EVE, "654321", approved_ts=6),
        )

        assert sorted(approved) == [False, True]
        (found,) = await store.waiting(since_ts=0)
        expected = (ERIN, "123456", 5) if approved[0] else (EVE, "654321", 6)
        assert (found.approved_by, found.number, found.approved_ts) == expected
        assert not found.is_confirmed
        assert not await store.approve(b"?" * 32, ERIN, "123456", approved_ts=7)

    async def test_the_approving_person_confirms_by_the_number(
        self, open_store: OpenSignIns
    ) -> None:
        store = open_store()
        await _approved(store, 1, 2)

        for user_id, number in ((EVE, "100001"), (ERIN, "1"), (ERIN, "")):
            assert await _confirm(store, user_id, number) is None
        confirmed = await _confirm(store, ERIN, "100002")

        assert confirmed is not None
        assert confirmed.secret_hash == make_sign_in(2).secret_hash
        waiting = {each.began_ts: each.is_confirmed for each in await store.waiting(since_ts=0)}
        assert waiting == {1: False, 2: True}
        assert await _confirm(store, ERIN, "100002") is None  # which was the third wrong try

    async def test_numbers_at_once_are_counted_before_they_are_compared(
        self, open_store: OpenSignIns
    ) -> None:
        stores = [open_store() for _ in range(2)]
        await _approved(stores[0], 1)
        numbers = [f"{wrong:06}" for wrong in range(20)] + ["100001"]

        confirmed = await asyncio.gather(
            *(_confirm(stores[place % 2], ERIN, number) for place, number in enumerate(numbers))
        )
        found = await stores[0].waiting(since_ts=0)

        # Three are compared, whichever they are; the right one may be among them.
        assert all(each is None for each in confirmed[:-1])
        assert [each.is_confirmed for each in found] == ([True] if confirmed[-1] else [])

    async def test_three_wrong_numbers_end_what_waits_and_not_what_is_confirmed(
        self, open_store: OpenSignIns
    ) -> None:
        store = open_store()
        await _approved(store, 1, 2)
        await _confirm(store, ERIN, "100001")
        for _ in range(3):
            await _confirm(store, ERIN, "000000")

        assert [each.began_ts for each in await store.waiting(since_ts=0)] == [1]
        key = make_sign_in(1).secret_hash
        assert sorted(await asyncio.gather(store.remove(key), store.remove(key))) == [False, True]

    async def test_a_sign_in_that_is_out_of_time_is_not_confirmed(
        self, open_store: OpenSignIns
    ) -> None:
        store = open_store()
        await _approved(store, 1)

        assert await _confirm(store, ERIN, "100001", since_ts=2) is None

    async def test_signing_out_takes_what_was_approved(self, open_store: OpenSignIns) -> None:
        store = open_store()
        await _approved(store, 1)
        await _add(store, make_sign_in(2))

        await store.end_sessions(ERIN, 7, since_ts=0)

        assert await store.waiting(since_ts=0) == [make_sign_in(2)]

    async def test_a_token_is_used_once(self, open_store: OpenSignIns) -> None:
        store = open_store()
        assert not await store.is_token_used(b"t")

        used = await asyncio.gather(*(_use(each, b"t") for each in (store, open_store(), store)))

        assert sorted(used) == [False, False, True]
        assert await open_store().is_token_used(b"t")

    async def test_used_tokens_are_bounded_by_time_and_by_user(
        self, open_store: OpenSignIns
    ) -> None:
        store = open_store()
        await _use(store, b"eve", EVE, used_ts=5)
        for number in range(4):
            await _use(store, bytes([number]), used_ts=10 + number)

        used = [await store.is_token_used(each) for each in (b"\0", b"\1", b"\2", b"\3", b"eve")]
        assert used == [False, False, True, True, True]
        await _use(store, b"new", used_ts=20, since_ts=6)
        assert not await store.is_token_used(b"eve")

    async def test_attempts_are_counted_for_all_processes_together(
        self, open_store: OpenSignIns
    ) -> None:
        stores = [open_store(), open_store()]
        waits = [await _attempt(stores[number % 2], 1_000) for number in range(4)]

        assert waits == [0, 0, 0, 100]  # three at once, one in 100 ms
        assert await _attempt(stores[0], 1_000, "other") == 0
        assert await _attempt(stores[0], 1_099) == 1
        assert await _attempt(stores[1], 1_100) == 0
        assert await _attempt(stores[1], 1_100) == 100
        assert [await _attempt(stores[0], 9_000) for _ in range(4)] == [0, 0, 0, 100]

    async def test_a_clock_that_was_set_back_keeps_nobody_out(
        self, open_store: OpenSignIns
    ) -> None:
        store = open_store()
        await _attempt(store, 1_000_000)

        assert await _attempt(store, 1_000) <= 100

    async def test_networks_are_bounded(self, open_store: OpenSignIns) -> None:
        store = open_store()
        for _ in range(3):
            await _attempt(store, 1_000, "busy")
        for number in range(9):
            await _attempt(store, 1_000, f"n{number}")

        assert await _attempt(store, 1_000, "busy") > 0


async def _approved(store: SignInStore, *numbers: int) -> None:
    """Have browsers wait that Erin approved; they show 100001, 100002 and so on."""
    await _add(store, *map(make_sign_in, numbers))
    for number in numbers:
        key = make_sign_in(number).secret_hash
        await store.approve(key, ERIN, f"{100_000 + number}", approved_ts=5)


async def _confirm(
    store: SignInStore, user_id: str, number: str, *, since_ts: int = 0
) -> BrowserSignIn | None:
    return await store.confirm(user_id, number, since_ts=since_ts, most_tries=3)


async def _use(
    store: SignInStore, token: bytes, user_id: str = ERIN, *, used_ts: int = 1, since_ts: int = 0
) -> bool:
    return await store.use_token(token, user_id, used_ts, since_ts=since_ts, most_of_user=2)


async def _attempt(store: SignInStore, now_ts: int, network: str = "192.0.2.0/24") -> int:
    return await store.take_attempt(network, now_ts, every_ms=100, burst=3, most=5)
