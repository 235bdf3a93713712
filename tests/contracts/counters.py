"""The contract of the counters as a test suite, for any adapter: ours or a stranger's.

Derive a test class and give it two fixtures: `open_counters`, a factory whose every call opens what
another process would hold of the same, at first empty, counters; and `let_pass`, a coroutine that
lets so many seconds pass.

    class TestMyCounters(CounterContract):
        @pytest.fixture
        def open_counters(self, server):
            return lambda: MyCounters(server)

        @pytest.fixture
        def let_pass(self):
            return asyncio.sleep
"""

from contextlib import suppress

from countersign.policy.questions.crowds import Crowd
from countersign.ports.counters import (
    RESERVED_FOR_MS,
    AlreadySettled,
    Count,
    CounterQuestion,
    Namespace,
    Settlement,
    Total,
)
from tests.contracts.counted_events import (
    ALICE,
    BOB,
    LINK,
    MEMBERS,
    MINUTE_MS,
    RATE,
    REFUSALS,
    ROOM,
    TEXT,
    LetPass,
    OpenCounters,
    ask,
    count,
    look,
    make_event,
    units,
)
from tests.contracts.people import PeopleContract
from tests.contracts.windows import WindowContract


class CounterContract(WindowContract, PeopleContract):
    """Contract tests that all `Counters` must pass."""

    async def test_of_what_never_happened_there_is_nothing(
        self, open_counters: OpenCounters
    ) -> None:
        questions: list[CounterQuestion] = [RATE, LINK, TEXT, MEMBERS]

        answers = await open_counters().reserve(make_event("first"), questions)

        assert list(answers) == [Total(), Crowd(), Crowd(), ()]

    async def test_answers_come_in_the_order_of_the_questions(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        other = Count(Namespace.EVENTS, ("room", "!other:example.org"), MINUTE_MS)
        await count(counters, make_event("first"), RATE, settlement=Settlement.SIGNED)

        answers = await counters.reserve(make_event("second"), [other, RATE])
        turned = await counters.reserve(make_event("second"), [RATE, other])

        assert [each.units for each in answers if isinstance(each, Total)] == [0, 1]
        assert list(turned) == list(answers)[::-1]

    async def test_the_event_itself_is_not_among_what_is_counted(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        longer = Count(Namespace.EVENTS, RATE.counter, 2 * MINUTE_MS)
        mentions = Count(Namespace.EVENTS, RATE.counter, MINUTE_MS, units=3)

        answers = await counters.reserve(make_event("first"), [RATE, longer, mentions])

        assert list(answers) == [Total()] * 3

    async def test_asked_again_they_answer_the_same_and_add_nothing(
        self, open_counters: OpenCounters
    ) -> None:
        counters, event = open_counters(), make_event("asked twice")
        questions: list[CounterQuestion] = [RATE, LINK, TEXT, MEMBERS]
        first = await counters.reserve(event, questions)
        meanwhile = make_event("meanwhile", BOB)
        await count(counters, meanwhile, *questions, settlement=Settlement.SIGNED)

        again = await open_counters().reserve(event, questions)
        counters.settle(event.key, Settlement.SIGNED)

        assert list(again) == list(first)
        assert await units(counters, RATE) == 2
        crowd = await look(counters, LINK)
        assert isinstance(crowd, Crowd)
        assert crowd.by_sender == 1

    async def test_a_question_asked_only_later_is_answered_as_of_then(
        self, open_counters: OpenCounters
    ) -> None:
        counters, event = open_counters(), make_event("asked more")
        await ask(counters, event, RATE)
        await count(counters, make_event("meanwhile", BOB), REFUSALS, settlement=Settlement.REFUSED)

        rate, refusals = await counters.reserve(event, [RATE, REFUSALS])
        counters.settle(event.key, Settlement.SIGNED)

        assert rate == Total()
        assert isinstance(refusals, Total)
        assert refusals.units == 1
        assert await units(counters, RATE) == 1

    async def test_a_senders_own_pending_events_count(self, open_counters: OpenCounters) -> None:
        counters = open_counters()
        answers = [
            await ask(counters, make_event(f"of a burst {number}"), RATE) for number in range(5)
        ]

        assert [each.units for each in answers if isinstance(each, Total)] == [0, 1, 2, 3, 4]

    async def test_pending_events_of_others_do_not_count_until_they_are_signed(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        burst = [make_event(f"of a burst {number}") for number in range(50)]
        for event in burst:
            await ask(counters, event, RATE)

        while_pending = await units(counters, RATE, BOB)
        for event in burst[:3]:
            counters.settle(event.key, Settlement.SIGNED)
        for event in burst[3:]:
            counters.settle(event.key, Settlement.EXCUSED)

        assert while_pending == 0
        assert await units(counters, RATE, BOB) == 3

    async def test_only_one_outcome_counts(self, open_counters: OpenCounters) -> None:
        counters = open_counters()
        questions = {
            settlement: Count(Namespace.EVENTS, (settlement.value,), MINUTE_MS, on=settlement)
            for settlement in Settlement
        }
        for settlement in Settlement:
            event = make_event(f"is {settlement}")
            await count(counters, event, *questions.values(), settlement=settlement)

        assert [await units(counters, question) for question in questions.values()] == [1] * len(
            Settlement
        )

    async def test_a_pending_event_is_no_refusal_yet(self, open_counters: OpenCounters) -> None:
        counters = open_counters()
        for number in range(5):
            await ask(counters, make_event(f"of a burst {number}"), REFUSALS)

        assert await units(counters, REFUSALS) == 0

    async def test_an_event_may_count_for_several_or_for_none(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        for number, mentioned in enumerate((3, 0, 4)):
            question = Count(Namespace.MENTIONS, (ALICE,), MINUTE_MS, mentioned)
            await count(counters, make_event(f"{number}"), question, settlement=Settlement.SIGNED)
        pending = Count(Namespace.MENTIONS, (ALICE,), MINUTE_MS, 10)
        await ask(counters, make_event("pending"), pending)

        assert await units(counters, pending, ALICE) == 17
        assert await units(counters, pending, BOB) == 7

    async def test_a_cancelled_event_leaves_nothing(self, open_counters: OpenCounters) -> None:
        counters, event = open_counters(), make_event("cancelled")
        await counters.reserve(event, [RATE, LINK, TEXT, MEMBERS])
        counters.cancel(event.key)
        counters.settle(event.key, Settlement.SIGNED)

        answers = await counters.reserve(make_event("second"), [RATE, LINK, TEXT, MEMBERS])

        assert list(answers) == [Total(), Crowd(), Crowd(), ()]

    async def test_cancelling_one_event_leaves_the_others_of_the_sender(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        for name in ("stays", "cancelled"):
            await counters.reserve(make_event(name), [RATE, LINK, TEXT])
        counters.cancel(make_event("cancelled").key)

        rate, thing, text = await counters.reserve(make_event("later"), [RATE, LINK, TEXT])

        assert rate == Total(1, 0)
        assert thing == text == Crowd(frozenset({ALICE}), frozenset({ROOM}), 1)

    async def test_a_process_that_loses_the_race_takes_nothing_from_the_winner(
        self, open_counters: OpenCounters
    ) -> None:
        loser, winner, event = open_counters(), open_counters(), make_event("decided twice")
        await loser.reserve(event, [RATE, LINK])
        await winner.reserve(event, [RATE, LINK])
        loser.cancel(event.key)
        winner.settle(event.key, Settlement.SIGNED)

        assert await units(open_counters(), RATE, BOB) == 1
        assert await look(open_counters(), LINK, BOB) == Crowd(
            frozenset({ALICE}), frozenset({ROOM}), 0
        )

    async def test_cancelling_after_settling_takes_nothing(
        self, open_counters: OpenCounters
    ) -> None:
        loser, winner, event = open_counters(), open_counters(), make_event("decided twice")
        await loser.reserve(event, [RATE, LINK])
        await winner.reserve(event, [RATE, LINK])
        winner.settle(event.key, Settlement.SIGNED)
        loser.cancel(event.key)

        assert await units(open_counters(), RATE, BOB) == 1
        assert await look(open_counters(), LINK, BOB) != Crowd()

    async def test_an_event_counts_once_however_often_it_is_settled(
        self, open_counters: OpenCounters
    ) -> None:
        counters, event = open_counters(), make_event("settled twice")
        await ask(counters, event, RATE)
        for _ in range(2):
            counters.settle(event.key, Settlement.SIGNED)

        assert await units(counters, RATE) == 1

    async def test_an_event_settled_a_moment_ago_is_not_reserved_again(
        self, open_counters: OpenCounters, let_pass: LetPass
    ) -> None:
        counters, event = open_counters(), make_event("asked for again")
        await counters.reserve(event, [RATE, LINK])
        counters.settle(event.key, Settlement.SIGNED)

        with suppress(AlreadySettled):
            raise AssertionError(await counters.reserve(event, [RATE, LINK]))
        counters.cancel(event.key)
        assert await units(counters, RATE) == 1
        assert await look(counters, LINK) != Crowd()
        await let_pass(RESERVED_FOR_MS / 1_000 + 0.5)
        assert len(await counters.reserve(event, [REFUSALS])) == 1

    async def test_an_event_without_a_reservation_can_be_settled_and_cancelled(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        counters.settle(make_event("unknown").key, Settlement.SIGNED)
        counters.cancel(make_event("unknown").key)

        assert await units(counters, RATE) == 0

    async def test_a_reservation_expires_after_ten_seconds(
        self, open_counters: OpenCounters, let_pass: LetPass
    ) -> None:
        counters, event = open_counters(), make_event("of a process that died")
        await counters.reserve(event, [RATE, LINK])
        await let_pass(RESERVED_FOR_MS / 1_000 - 0.5)
        before = await units(counters, RATE)
        await let_pass(1.0)

        assert before == 1
        assert await units(counters, RATE) == 0
        assert await look(counters, LINK) == Crowd()
        counters.settle(event.key, Settlement.SIGNED)
        assert await units(counters, RATE) == 0

    async def test_a_reservation_that_has_expired_cannot_be_settled(
        self, open_counters: OpenCounters, let_pass: LetPass
    ) -> None:
        counters, event = open_counters(), make_event("settled too late")
        await ask(counters, event, RATE)
        await let_pass(RESERVED_FOR_MS / 1_000 + 0.5)
        counters.settle(event.key, Settlement.SIGNED)

        assert await units(counters, RATE) == 0

    async def test_a_key_can_be_reserved_anew_once_it_has_expired(
        self, open_counters: OpenCounters, let_pass: LetPass
    ) -> None:
        counters, event = open_counters(), make_event("sent again")
        await ask(counters, event, RATE)
        await let_pass(RESERVED_FOR_MS / 1_000 + 0.5)
        await count(counters, make_event("meanwhile"), RATE, settlement=Settlement.SIGNED)

        answer = await ask(counters, event, RATE)
        counters.settle(event.key, Settlement.SIGNED)

        assert isinstance(answer, Total)
        assert answer.units == 1
        assert await units(counters, RATE) == 2
