"""The contract of the store of indicators as a test suite, for any adapter: ours or a stranger's.

Derive a test class and give it the fixture `open_store`, a factory whose every call opens the same
store as another process would.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from countersign.policy.questions.indicators import BadBecause, BadIndicator, PostedIndicator
from countersign.policy.text.indicators.kinds import IndicatorKind
from countersign.ports.indicators import IndicatorStore

OpenIndicators: TypeAlias = Callable[[], IndicatorStore]

ONE, OTHER = ("default", b"1" * 16), ("other", b"1" * 16)
POSTED: Final = PostedIndicator(1_000, 2_000, 1)
BAD: Final = BadIndicator(
    community="default",
    digest=b"1" * 16,
    kind=IndicatorKind.LINK,
    name="shop.example/offer",
    because=BadBecause.REDACTED,
    reference="7F3K9-QX2MB",
    made_ts=1_000,
    until_ts=5_000,
)


class IndicatorStoreContract:
    """Contract tests that every `IndicatorStore` must pass."""

    async def test_at_first_nothing_is_known(self, open_store: OpenIndicators) -> None:
        store = open_store()

        assert await store.posted(10) == {}
        assert await store.bad(ending_after_ts=0, limit=10) == []

    async def test_stored_indicators_are_there_after_a_restart(
        self, open_store: OpenIndicators
    ) -> None:
        await open_store().save({ONE: POSTED, OTHER: POSTED}, [BAD])
        later = PostedIndicator(1_000, 3_000, 2)
        await open_store().save({ONE: later}, [])

        assert await open_store().posted(10) == {OTHER: POSTED, ONE: later}
        assert list(await open_store().posted(10)) == [OTHER, ONE]
        assert await open_store().bad(ending_after_ts=0, limit=10) == [BAD]

    async def test_the_latest_are_returned(self, open_store: OpenIndicators) -> None:
        store = open_store()
        posted = {
            ("default", bytes([number]) * 16): PostedIndicator(0, number, 1) for number in range(5)
        }
        bad = [
            BadIndicator(
                community="default",
                digest=bytes([number]) * 16,
                kind=IndicatorKind.HANDLE,
                name="",
                because=BadBecause.REFUSED,
                reference="",
                made_ts=number,
                until_ts=100,
            )
            for number in range(5)
        ]
        await store.save(posted, bad)

        assert [each.last_ts for each in (await store.posted(2)).values()] == [3, 4]
        assert await store.bad(ending_after_ts=0, limit=2) == bad[3:]
        assert await store.bad(ending_after_ts=100, limit=2) == []

    async def test_forgotten_and_removed_indicators_are_gone(
        self, open_store: OpenIndicators
    ) -> None:
        store = open_store()
        await store.save({ONE: POSTED, OTHER: POSTED}, [BAD])

        await store.save({}, [], forget_posted=[ONE], forget_ended_before_ts=5_000)
        assert await open_store().posted(10) == {OTHER: POSTED}
        assert await open_store().bad(ending_after_ts=0, limit=10) == [BAD]

        await store.remove_bad(OTHER)
        assert await open_store().bad(ending_after_ts=0, limit=10) == [BAD]
        await store.remove_bad(ONE)
        assert await open_store().bad(ending_after_ts=0, limit=10) == []
        await store.save({}, [BAD])
        await store.save({}, [], forget_ended_before_ts=5_001)
        assert await open_store().bad(ending_after_ts=0, limit=10) == []
