"""Contract tests for decisions that are read in bulk."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias

from countersign.policy.decisions import RecordedDecision
from countersign.policy.review.summaries import MAX_BYTES, DecisionSummary
from countersign.ports.stores.bundle import ReviewedDecisions
from countersign.testing.records import (
    REFUSE,
    SIGN,
    SIGN_WITH_A_SHADOW,
    make_recorded,
)

OpenReviewed: TypeAlias = Callable[[], ReviewedDecisions]

WITH_MANY_STEPS: Final = replace(
    REFUSE,
    findings=tuple(
        replace(REFUSE.findings[0], step=f"a step with the number {number}")
        for number in range(MAX_BYTES // 20)
    ),
)
"""A decision whose summary is too long to be stored."""


class DecisionReviewContract:
    """Contract tests that every `DecisionReview` must pass."""

    async def test_a_review_has_a_beginning_and_an_end(self, open_store: OpenReviewed) -> None:
        store = open_store()
        recorded = [
            make_recorded(number, (SIGN, SIGN_WITH_A_SHADOW)[number % 2]) for number in range(6)
        ]
        for one in recorded:
            await store.record(one)
        taken: list[RecordedDecision] = []

        count = await store.review(
            recorded[1].decided_ts, taken.append, before_ts=recorded[5].decided_ts
        )

        assert (taken, count) == ([recorded[1], recorded[3]], 4)

    async def test_a_review_may_be_of_some_rooms(self, open_store: OpenReviewed) -> None:
        store = open_store()
        rooms = ("!a:example.org", "!b:example.org", "!c:example.org")
        for number in range(9):
            verdict = (SIGN, SIGN_WITH_A_SHADOW, SIGN_WITH_A_SHADOW)[number // 3]
            await store.record(make_recorded(number, verdict, room_id=rooms[number % 3]))

        for meant, expected in (
            (None, 6),
            (rooms, 6),
            (rooms[:2], 4),
            (["!d:example.org"], 0),
            ([], 0),
        ):
            taken: list[RecordedDecision] = []
            count = await store.review(0, taken.append, rooms=meant)
            assert len(taken) == expected, meant
            assert count == 3 * expected // 2, meant
            assert await store.count_decided(0, rooms=meant) == count
        in_one: list[RecordedDecision] = []
        assert await store.review(0, in_one.append, room_id=rooms[0], rooms=rooms[:1]) == 3
        assert len(in_one) == 2
        assert await store.count_decided(0, room_id=rooms[0]) == 3

    async def test_summaries_count_what_a_review_hands_on(self, open_store: OpenReviewed) -> None:
        store = open_store()
        rooms = ("!a:example.org", "!b:example.org", "!c:example.org")
        people = ("@a:example.org", "@b:example.org")
        spared = REFUSE.spared("warned before")
        decisions = (SIGN_WITH_A_SHADOW, REFUSE, spared, SIGN, WITH_MANY_STEPS)
        recorded = [
            make_recorded(
                number,
                decisions[number % len(decisions)],
                room_id=rooms[number % 3],
                sender=people[number % 2],
            )
            for number in range(30)
        ]
        for one in recorded:
            await store.record(one)
        first_ts, last_ts = recorded[4].decided_ts, recorded[26].decided_ts
        limits: list[dict[str, Any]] = [
            {},
            {"rooms": rooms[:2]},
            {"rooms": []},
            {"room_id": rooms[2], "before_ts": last_ts},
        ]
        for since_ts in (0, first_ts):
            for meant in limits:
                taken: list[RecordedDecision] = []
                await store.review(since_ts, taken.append, **meant)
                events = Counter((each.room_id[:2], _summary(each)) for each in taken)
                senders = {(each.room_id[:2], _summary(each), each.sender) for each in taken}

                found = await store.summarized(since_ts, lambda room_id: room_id[:2], **meant)

                counted: Counter[tuple[str, DecisionSummary]] = Counter()
                numbers = set()
                for name, summarized in found.items():
                    for each in summarized:
                        counted[name, each.summary] += each.events
                        numbers |= {(name, each.summary, person) for person in each.people}
                assert counted == events
                assert len(numbers) == len(senders)

    async def test_several_references_are_looked_up_at_once(self, open_store: OpenReviewed) -> None:
        store = open_store()
        recorded = [make_recorded(number) for number in range(4)]
        for one in recorded:
            await store.record(one)
        unknown = make_recorded(9).reference

        found = await store.find_by_references(
            [recorded[2].reference, unknown, recorded[0].event_id]
        )

        assert found == [recorded[2], recorded[0]]
        assert await store.find_by_references([]) == []


def _summary(recorded: RecordedDecision) -> DecisionSummary:
    return DecisionSummary.of(recorded.decision)
