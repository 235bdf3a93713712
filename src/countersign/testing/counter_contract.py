# ruff: noqa: D102 - a test's name says what it checks
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

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Final, TypeAlias

from countersign.policy.questions import Crowd
from countersign.policy.text.minhash import MinHash, sketch
from countersign.ports.counters import (
    RESERVED_FOR_MS,
    Count,
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    Counters,
    Namespace,
    RecentMembers,
    SameThing,
    Settlement,
    SimilarText,
    Total,
)

OpenCounters: TypeAlias = Callable[[], Counters]
LetPass: TypeAlias = Callable[[float], Awaitable[None]]

ALICE, BOB, ROOM = "@alice:example.org", "@bob:example.com", "!room:example.org"
MINUTE_MS: Final = 60_000
RATE: Final = Count(Namespace.EVENTS, ("room", ROOM), MINUTE_MS)
REFUSALS: Final = Count(Namespace.REFUSALS, (ALICE,), MINUTE_MS, on=Settlement.REFUSED)
LINK: Final = SameThing(b"l" * 16, MINUTE_MS)
SENTENCE: Final = "come and join our new group and win a lot of money with very little work at home"
MEMBERS: Final = RecentMembers(ROOM, MINUTE_MS, 3, is_added=True, is_listed=True)


def _sketch(text: str) -> MinHash:
    drawn = sketch(text)
    if drawn is None:
        raise ValueError(f"nothing can be compared in {text!r}")
    return drawn


TEXT: Final = SimilarText(_sketch(SENTENCE), 60, MINUTE_MS)


def make_event(
    name: str, sender: str = ALICE, *, room_id: str = ROOM, community: str = "default"
) -> CountedEvent:
    """Return an event whose decision's key is made of `name`."""
    return CountedEvent(blake2b(name.encode(), digest_size=32).digest(), community, sender, room_id)


async def ask(counters: Counters, event: CountedEvent, question: CounterQuestion) -> CounterAnswer:
    """Return the answer to one question about an event that holds it from now on."""
    (answer,) = await counters.reserve(event, [question])
    return answer


async def look(
    counters: Counters, question: CounterQuestion, sender: str = ALICE, community: str = "default"
) -> CounterAnswer:
    """Return the answer to one question, and hold nothing."""
    event = make_event("looks", sender, room_id="!looks:example.org", community=community)
    answer = await ask(counters, event, question)
    counters.cancel(event.key)
    return answer


async def units(
    counters: Counters, question: Count, sender: str = ALICE, community: str = "default"
) -> int:
    """Return how many units a counter holds, for an event of `sender`."""
    answer = await look(counters, question, sender, community)
    return answer.units if isinstance(answer, Total) else -1


async def count(
    counters: Counters, event: CountedEvent, *questions: CounterQuestion, settlement: Settlement
) -> None:
    """Have an event counted."""
    await counters.reserve(event, questions)
    counters.settle(event.key, settlement)


class CounterContract:
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

    async def test_what_was_not_asked_the_first_time_is_answered_as_of_now(
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

        assert [await units(counters, question) for question in questions.values()] == [1] * 4

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

    async def test_what_is_cancelled_leaves_nothing(self, open_counters: OpenCounters) -> None:
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

    async def test_whoever_loses_the_race_takes_nothing_from_whoever_wins(
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

    async def test_whoever_cancels_after_the_settling_takes_nothing(
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

    async def test_what_nobody_reserved_can_be_settled_and_cancelled(
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

    async def test_what_has_left_the_window_counts_no_more(
        self, open_counters: OpenCounters, let_pass: LetPass
    ) -> None:
        counters = open_counters()
        short = Count(Namespace.EVENTS, ("room", ROOM), 2_000)
        thing, text = SameThing(b"s" * 16, 2_000), SimilarText(TEXT.sketch, 60, 2_000)
        members = RecentMembers(ROOM, 2_000, 3, is_added=True, is_listed=True)
        questions: list[CounterQuestion] = [short, thing, text, members]
        await count(counters, make_event("first"), *questions, settlement=Settlement.SIGNED)
        await let_pass(1.5)
        await count(counters, make_event("second", BOB), *questions, settlement=Settlement.SIGNED)
        within = await units(counters, short)
        await let_pass(1.0)

        assert within == 2
        assert await units(counters, short) == 1
        for question in (thing, text):
            assert await look(counters, question) == Crowd(frozenset({BOB}), frozenset({ROOM}), 0)
        assert await look(counters, members) == (BOB,)

    async def test_a_total_tells_how_long_ago_the_last_were_counted(
        self, open_counters: OpenCounters, let_pass: LetPass
    ) -> None:
        counters = open_counters()
        await count(counters, make_event("first"), RATE, settlement=Settlement.SIGNED)
        await let_pass(1.0)

        answer = await look(counters, RATE)

        assert isinstance(answer, Total)
        assert 990 <= answer.latest_ms_ago <= 1_500

    async def test_a_sending_counts_at_once_and_whatever_its_outcome_is(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        await ask(counters, make_event("pending"), LINK)
        refused = make_event("refused", BOB, room_id="!other:example.org")
        await count(counters, refused, LINK, settlement=Settlement.REFUSED)

        assert await look(counters, LINK, "@carol:example.net") == Crowd(
            frozenset({ALICE, BOB}), frozenset({ROOM, "!other:example.org"}), 0
        )
        assert await look(counters, LINK, BOB) == Crowd(
            frozenset({ALICE, BOB}), frozenset({ROOM, "!other:example.org"}), 1
        )

    async def test_how_often_a_sender_sent_it_is_counted(self, open_counters: OpenCounters) -> None:
        counters = open_counters()
        for number in range(3):
            await count(counters, make_event(f"{number}"), LINK, TEXT, settlement=Settlement.SIGNED)

        for question in (LINK, TEXT):
            assert await look(counters, question) == Crowd(frozenset({ALICE}), frozenset({ROOM}), 3)

    async def test_texts_that_are_nearly_the_same_are_found_and_others_are_not(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        await count(counters, make_event("first"), TEXT, settlement=Settlement.SIGNED)
        varied = SimilarText(_sketch("hey " + SENTENCE + " now"), 60, MINUTE_MS)
        other = SimilarText(
            _sketch("the train leaves at eight from the main station, platform seven or so"),
            60,
            MINUTE_MS,
        )
        stricter = SimilarText(TEXT.sketch, 90, MINUTE_MS)

        assert await look(counters, varied, BOB) == Crowd(frozenset({ALICE}), frozenset({ROOM}), 0)
        assert await look(counters, other, BOB) == Crowd()
        assert await look(counters, stricter, BOB) == Crowd(), "texts of another likeness are apart"

    async def test_the_latest_members_are_listed_the_longest_silent_first(
        self, open_counters: OpenCounters, let_pass: LetPass
    ) -> None:
        counters = open_counters()
        for number, sender in enumerate(("@a:b", "@c:d", "@e:f", "@a:b", "@g:h")):
            await count(
                counters, make_event(f"{number}", sender), MEMBERS, settlement=Settlement.SIGNED
            )
            await let_pass(0.01)
        unlisted = RecentMembers(ROOM, MINUTE_MS, 3, is_added=True, is_listed=False)

        assert await look(counters, MEMBERS) == ("@e:f", "@a:b", "@g:h")
        assert await look(counters, unlisted) == ()

    async def test_members_are_those_whose_events_were_signed_and_who_are_to_be_added(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        await count(counters, make_event("refused"), MEMBERS, settlement=Settlement.REFUSED)
        only_listed = RecentMembers(ROOM, MINUTE_MS, 3, is_added=False, is_listed=True)
        await count(counters, make_event("state"), only_listed, settlement=Settlement.SIGNED)
        await ask(counters, make_event("pending"), MEMBERS)

        assert await look(counters, MEMBERS) == ()

    async def test_communities_namespaces_names_and_windows_are_apart(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        event = make_event("first")
        await count(counters, event, RATE, LINK, TEXT, MEMBERS, settlement=Settlement.SIGNED)

        for other in (
            Count(Namespace.MENTIONS, RATE.counter, MINUTE_MS),
            Count(Namespace.EVENTS, ("sender", ROOM), MINUTE_MS),
            Count(Namespace.EVENTS, RATE.counter, 2 * MINUTE_MS),
        ):
            assert await units(counters, other) == 0
        assert await units(counters, RATE, community="other") == 0
        for question, nothing in ((LINK, Crowd()), (TEXT, Crowd()), (MEMBERS, ())):
            assert await look(counters, question, community="other") == nothing
        assert await look(counters, SameThing(LINK.digest, 2 * MINUTE_MS)) == Crowd()

    async def test_another_process_counts_the_same(self, open_counters: OpenCounters) -> None:
        one, other = open_counters(), open_counters()
        questions: list[CounterQuestion] = [RATE, LINK, TEXT, MEMBERS]
        await count(one, make_event("first"), *questions, settlement=Settlement.SIGNED)

        rate, *rest = await other.reserve(make_event("second", BOB), questions)

        assert isinstance(rate, Total)
        assert rate.units == 1
        crowd = Crowd(frozenset({ALICE}), frozenset({ROOM}), 0)
        assert rest == [crowd, crowd, (ALICE,)]
