"""The contract of `ConfirmationStore`."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from countersign.ports.stores.confirmations import (
    Confirmation,
    ConfirmationState,
    ConfirmationStore,
)

OpenConfirmations: TypeAlias = Callable[[], ConfirmationStore]


def make_confirmation(number: int) -> Confirmation:
    """Return a command that waits from `number` seconds on, for 100 seconds."""
    return Confirmation(
        reference=f"REF{number}",
        command="policy activate",
        community="default" if number % 2 else None,
        actor="lead-a",
        face="room",
        summary="keyword änders",
        parameters={"document": "filters: [depth]\n", "number": number},
        asked_ts=number * 1_000,
        expires_ts=number * 1_000 + 100_000,
    )


class ConfirmationStoreContract:
    """Contract tests that every `ConfirmationStore` must pass."""

    async def test_waiting_commands_are_found_again_the_oldest_first(
        self, open_store: OpenConfirmations
    ) -> None:
        first, second = make_confirmation(1), make_confirmation(2)
        await open_store().add(first)
        await open_store().add(second)

        assert await open_store().waiting(3_000) == [first, second]

    async def test_one_of_several_decides(self, open_store: OpenConfirmations) -> None:
        store = open_store()
        await store.add(make_confirmation(1))
        decided = await asyncio.gather(
            store.decide("REF1", ConfirmationState.CONFIRMED, "lead-b", 2_000),
            store.decide("REF1", ConfirmationState.DECLINED, "lead-c", 2_000),
        )

        assert sorted(decided) == [False, True]
        assert await store.waiting(3_000) == []
        assert not await store.decide("REF2", ConfirmationState.CONFIRMED, "lead-b", 2_000)

    async def test_nobody_decides_once_the_time_is_over(
        self, open_store: OpenConfirmations
    ) -> None:
        store = open_store()
        await store.add(make_confirmation(1))

        assert not await store.decide("REF1", ConfirmationState.CONFIRMED, "lead-b", 101_000)
        assert await store.waiting(101_000) == []
        assert await store.waiting(2_000) == []  # a clock that goes back brings nothing back

    async def test_a_failed_command_waits_on_with_its_parameters(
        self, open_store: OpenConfirmations
    ) -> None:
        store = open_store()
        asked = make_confirmation(1)
        await store.add(asked)
        assert await store.decide("REF1", ConfirmationState.CONFIRMED, "lead-b", 2_000)

        await store.reopen(asked)

        assert await open_store().waiting(2_000) == [asked]
