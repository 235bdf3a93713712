"""The part of the counters' contract that says what their windows hold."""

from countersign.policy.questions.crowds import Crowd
from countersign.ports.counters import (
    Count,
    CounterQuestion,
    Namespace,
    RecentMembers,
    SameThing,
    SameThings,
    Settlement,
    SimilarText,
    Total,
)
from tests.contracts.counted_events import (
    ALICE,
    BOB,
    LINK,
    MEMBERS,
    MINUTE_MS,
    RATE,
    ROOM,
    SENTENCE,
    TEXT,
    LetPass,
    OpenCounters,
    ask,
    count,
    look,
    make_event,
    minhash_of_long,
    units,
)


class WindowContract:
    """Contract tests of windows, near duplicates and recent members."""

    async def test_events_outside_the_window_do_not_count(
        self, open_counters: OpenCounters, let_pass: LetPass
    ) -> None:
        counters = open_counters()
        short = Count(Namespace.EVENTS, ("room", ROOM), 2_000)
        thing, text = SameThing(b"s" * 16, 2_000), SimilarText(TEXT.minhash, 60, 2_000)
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
            assert await look(counters, question) == Crowd(
                frozenset({ALICE}), frozenset({ROOM}), 3, again=1
            )

    async def test_several_things_are_asked_about_at_once(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        both = SameThings((b"a" * 16, b"b" * 16), MINUTE_MS)
        only_asks = both._replace(is_added=False)
        await count(counters, make_event("first"), both, settlement=Settlement.REFUSED)
        await count(counters, make_event("second"), only_asks, settlement=Settlement.SIGNED)
        one = SameThings((b"b" * 16, b"c" * 16), MINUTE_MS)

        assert await look(counters, one, BOB) == (
            Crowd(frozenset({ALICE}), frozenset({ROOM}), 0),
            Crowd(),
        )
        assert (
            await look(counters, only_asks)
            == (Crowd(frozenset({ALICE}), frozenset({ROOM}), 1),) * 2
        )

    async def test_an_event_that_is_excused_sent_none_of_several_things(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        both = SameThings((b"a" * 16, b"b" * 16), MINUTE_MS)
        await count(counters, make_event("first"), both, settlement=Settlement.EXCUSED)

        assert await look(counters, both) == (Crowd(), Crowd())

    async def test_texts_that_are_nearly_the_same_are_found_and_others_are_not(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        await count(counters, make_event("first"), TEXT, settlement=Settlement.SIGNED)
        varied = SimilarText(minhash_of_long("hey " + SENTENCE + " now"), 60, MINUTE_MS)
        other = SimilarText(
            minhash_of_long(
                "the train leaves at eight from the main station, platform seven or so"
            ),
            60,
            MINUTE_MS,
        )
        stricter = SimilarText(TEXT.minhash, 90, MINUTE_MS)

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
