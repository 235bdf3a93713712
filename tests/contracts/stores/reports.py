"""The contract of `ReportStore`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from countersign.ports.stores.review.reports import (
    MAX_REPORTERS,
    Report,
    ReportAdded,
    ReportedEvent,
    ReportLimits,
    ReportStore,
)

OpenReports: TypeAlias = Callable[[], ReportStore]

PLENTY: Final = ReportLimits(
    since_ts=0,
    per_day=1_000,
    of_strangers=1_000,
    of_domain=1_000,
    of_reporter=1_000,
    of_sender=1_000,
)


def make_report(event: int = 1, reporter: int = 1, **changes: object) -> Report:
    """Return a report of an event by somebody."""
    report = Report(
        key=bytes([event]) * 32,
        reference=f"REFERENCE{event}",
        community="default",
        room_id="!room:example.org",
        sender="@mallory:example.com",
        reporter=f"@reporter{reporter}:example.net",
        domain="example.net",
        is_known=False,
        text=f"schlimm {reporter}",
        made_ts=1_000 * event + reporter,
    )
    return replace(report, **changes)  # type: ignore[arg-type]


class ReportStoreContract:
    """Contract tests that every `ReportStore` must pass."""

    async def test_an_event_is_found_with_what_was_written_and_without_by_whom(
        self, open_store: OpenReports
    ) -> None:
        first, second = make_report(), make_report(reporter=2, text="")
        for each in (first, second, make_report(event=2)):
            assert await open_store().add(each, PLENTY) is ReportAdded.ADDED

        store = open_store()
        event = ReportedEvent(
            key=first.key,
            reference=first.reference,
            community="default",
            room_id=first.room_id,
            sender=first.sender,
            reporters=2,
            texts=("schlimm 1",),
            made_ts=(1_001, 1_002),
        )
        assert await store.find(first.key) == event
        listed = await store.events(communities=None, since_ts=0, limit=9)
        assert [each.reference for each in listed] == ["REFERENCE2", "REFERENCE1"]
        assert listed[1] == event
        assert await store.find(b"?" * 32) is None
        made = await store.made_by(first.reporter)
        assert made == {first.key: 1_001, make_report(event=2).key: 2_001}
        assert await store.made_by("@mallory:example.com") == {}

    async def test_events_are_those_of_communities_since_a_moment(
        self, open_store: OpenReports
    ) -> None:
        store = open_store()
        for event in range(1, 5):
            await store.add(make_report(event, community="ab"[event % 2]), PLENTY)

        async def references(communities: list[str] | None, since_ts: int, limit: int) -> list[str]:
            found = await store.events(communities=communities, since_ts=since_ts, limit=limit)
            return [each.reference for each in found]

        assert await references(["a"], 0, 9) == ["REFERENCE4", "REFERENCE2"]
        assert await references(["a", "b"], 3_000, 9) == ["REFERENCE4", "REFERENCE3"]
        assert await references(None, 0, 1) == ["REFERENCE4"]
        assert await references([], 0, 9) == []

    async def test_events_are_those_in_some_rooms_whatever_came_after(
        self, open_store: OpenReports
    ) -> None:
        store = open_store()
        await store.add(make_report(room_id="!theirs:example.org"), PLENTY)
        await store.add(make_report(event=2), PLENTY)

        found = await store.events(
            communities=[], rooms=["!theirs:example.org"], since_ts=0, limit=1
        )
        assert [each.reference for each in found] == ["REFERENCE1"]

    async def test_nobody_counts_twice(self, open_store: OpenReports) -> None:
        store = open_store()
        await store.add(make_report(), PLENTY)

        assert await store.add(make_report(text="again"), PLENTY) is ReportAdded.KNOWN

        found = await store.find(make_report().key)
        assert found is not None
        assert (found.reporters, found.texts) == (1, ("schlimm 1",))

    async def test_one_event_takes_a_limited_number_of_reports(
        self, open_store: OpenReports
    ) -> None:
        store = open_store()
        for reporter in range(MAX_REPORTERS):
            await store.add(make_report(reporter=reporter), PLENTY)

        late = make_report(reporter=MAX_REPORTERS)
        assert await store.add(late, PLENTY) is ReportAdded.KNOWN
        found = await store.find(late.key)
        assert found is not None
        assert found.reporters == MAX_REPORTERS

    async def test_a_community_takes_so_many_a_day(self, open_store: OpenReports) -> None:
        report = make_report(3, 9, domain="x", is_known=True)
        await self._is_kept_out(open_store(), report, replace(PLENTY, per_day=2))

    async def test_reports_of_a_fast_clock_do_not_count_as_of_today(
        self, open_store: OpenReports
    ) -> None:
        store = open_store()
        years_ms = 10 * 365 * 86_400_000
        early = replace(make_report(1), made_ts=make_report(1).made_ts + years_ms)
        await store.add(early, PLENTY)

        limits = replace(PLENTY, per_day=1)
        assert await store.add(make_report(2), limits) is ReportAdded.ADDED
        assert await store.add(make_report(3), limits) is ReportAdded.FULL

    async def test_strangers_have_a_share(self, open_store: OpenReports) -> None:
        report = make_report(3, 9, domain="x")
        await self._is_kept_out(open_store(), report, replace(PLENTY, of_strangers=2))

    async def test_strangers_of_a_domain_have_a_share(self, open_store: OpenReports) -> None:
        await self._is_kept_out(open_store(), make_report(3, 9), replace(PLENTY, of_domain=2))

    async def test_one_person_reports_so_much_a_day(self, open_store: OpenReports) -> None:
        report = make_report(3, sender="@x:x", is_known=True)
        await self._is_kept_out(open_store(), report, replace(PLENTY, of_reporter=2))

    async def test_so_many_events_of_one_sender_are_taken(self, open_store: OpenReports) -> None:
        report = make_report(3, 9, domain="x", is_known=True)
        await self._is_kept_out(open_store(), report, replace(PLENTY, of_sender=2))

    async def _is_kept_out(self, store: ReportStore, report: Report, limits: ReportLimits) -> None:
        await store.add(make_report(1), PLENTY)
        await store.add(make_report(2), PLENTY)

        assert await store.add(report, limits) is ReportAdded.FULL
        assert await store.find(report.key) is None
        later = replace(limits, since_ts=2_000)
        assert await store.add(report, later) is ReportAdded.ADDED
        elsewhere = replace(report, community="other", key=b"o" * 32)
        assert await store.add(elsewhere, limits) is ReportAdded.ADDED

    async def test_strangers_fill_no_place_of_those_who_are_known(
        self, open_store: OpenReports
    ) -> None:
        store = open_store()
        limits = replace(PLENTY, of_strangers=1, of_domain=1)
        await store.add(make_report(1), limits)

        assert await store.add(make_report(2, 2), limits) is ReportAdded.FULL
        assert await store.add(make_report(2, 2, is_known=True), limits) is ReportAdded.ADDED

    async def test_more_reports_of_one_event_are_no_more_events_of_its_sender(
        self, open_store: OpenReports
    ) -> None:
        store = open_store()
        limits = replace(PLENTY, of_sender=1)
        await store.add(make_report(1, 1), limits)

        assert await store.add(make_report(1, 2), limits) is ReportAdded.ADDED
        assert await store.add(make_report(2, 3), limits) is ReportAdded.FULL
