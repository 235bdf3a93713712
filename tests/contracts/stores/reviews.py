"""The contract of `ReviewStore`."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from countersign.ports.stores.review.reviews import (
    Review,
    ReviewAnswer,
    ReviewState,
    ReviewStore,
)

OpenReviews: TypeAlias = Callable[[], ReviewStore]


def make_review(number: int, *, community: str = "default") -> Review:
    """Return the state of a refusal that somebody took."""
    return Review(
        key=bytes([number]) * 32,
        reference=f"REFERENCE{number}",
        community=community,
        state=ReviewState.TAKEN,
        actor="mod-a",
        note="looks ödd",
        refused_ts=1_000,
        first_ts=2_000 + number,
        ts=2_000 + number,
    )


class ReviewStoreContract:
    """Contract tests that every `ReviewStore` must pass."""

    async def test_a_saved_review_is_found_again(self, open_store: OpenReviews) -> None:
        first, second = make_review(1), make_review(2)
        await open_store().save([first, second])

        store = open_store()
        assert await store.find([first.key, b"?" * 32]) == {first.key: first}
        assert await store.find([]) == {}
        await store.save([])
        assert await store.latest(communities=["default"]) == [second, first]

    async def test_the_last_state_counts_and_the_first_moment_stays(
        self, open_store: OpenReviews
    ) -> None:
        store = open_store()
        taken = make_review(1)
        handled = replace(
            taken,
            state=ReviewState.HANDLED,
            answer=ReviewAnswer.SPAM,
            actor="mod-b",
            first_ts=9_000,
            ts=9_000,
        )
        await store.save([taken])
        await store.save([handled])

        expected = replace(handled, first_ts=taken.first_ts)
        assert await store.find([taken.key]) == {taken.key: expected}
        assert await store.latest(communities=["default"]) == [expected]

    async def test_the_latest_are_those_of_the_communities_asked_for(
        self, open_store: OpenReviews
    ) -> None:
        store = open_store()
        reviews = [make_review(number, community="ab"[number % 2]) for number in range(1, 5)]
        await store.save(reviews)

        assert await store.latest(communities=["a"]) == [reviews[3], reviews[1]]
        assert await store.latest(communities=["a", "b"], limit=3) == reviews[:0:-1]
        assert await store.latest(communities=[]) == []
