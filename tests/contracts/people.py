"""The part of the counters' contract that is about people: what they did, said and sent again."""

from countersign.ports.counters import Count, CounterQuestion, CountGroup, Namespace, Settlement
from countersign.ports.people_counts import (
    People,
    PeopleByGroup,
    Person,
    RecentSayings,
    Saying,
    Unsigned,
)
from tests.contracts.counted_events import (
    ALICE,
    BOB,
    LINK,
    MINUTE_MS,
    LetPass,
    OpenCounters,
    ask,
    count,
    make_event,
    units,
)

CAME = People(("came",), MINUTE_MS)
WORDS = frozenset({1, 2, 3})
SAID = RecentSayings(WORDS, True, "example.org", MINUTE_MS, 3)
RETRY = Unsigned("words", MINUTE_MS)


def came(user_id: str, group: str) -> Person:
    """Return somebody who came."""
    return Person(CAME.deed, CAME.window_ms, user_id, group)


class PeopleContract:
    """Contract tests on people that all `Counters` must pass."""

    async def test_each_person_counts_once_and_by_their_group(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        counts: list[PeopleByGroup] = []
        for user_id, group in ((ALICE, "a"), (BOB, "b"), (ALICE, "a"), ("@c:a", "a")):
            counters.note_people(
                "default", [came(user_id, group)], lambda groups: counts.extend(map(dict, groups))
            )

        assert await ask(counters, make_event("next"), CAME) == {"a": 2, "b": 1}
        assert counts[-1] == {"a": 2, "b": 1}
        assert await ask(counters, make_event("x", community="other"), CAME) == {}
        assert await ask(counters, make_event("y"), People(("left",), MINUTE_MS)) == {}

    async def test_people_leave_the_window(
        self, open_counters: OpenCounters, let_pass: LetPass
    ) -> None:
        counters = open_counters()
        counters.note_people("default", [came(ALICE, "a")])
        await let_pass(40)
        counters.note_people("default", [came(BOB, "b")])
        await let_pass(30)

        assert await ask(counters, make_event("later"), CAME) == {"b": 1}

    async def test_the_last_words_of_others_are_known_and_not_ones_own(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        await count(counters, make_event("1"), SAID, settlement=Settlement.REFUSED)
        later = SAID._replace(words=frozenset({9}))
        await count(counters, make_event("2"), later, settlement=Settlement.SIGNED)

        assert await ask(counters, make_event("3"), SAID._replace(is_said=False)) == ()
        assert await ask(counters, make_event("4", BOB), SAID) == (
            Saying(ALICE, "example.org", frozenset({9})),
        )

    async def test_so_many_sayings_are_kept(self, open_counters: OpenCounters) -> None:
        counters = open_counters()
        for number in range(5):
            event = make_event(str(number), f"@{number}:b")
            await count(counters, event, SAID, settlement=Settlement.SIGNED)

        said = await ask(counters, make_event("next", BOB), SAID)

        assert isinstance(said, tuple)
        assert [each.sender for each in said] == ["@2:b", "@3:b", "@4:b"]

    async def test_a_cancelled_saying_was_not_said(self, open_counters: OpenCounters) -> None:
        counters = open_counters()
        event = make_event("cancelled")
        await ask(counters, event, SAID)
        counters.cancel(event.key)

        assert await ask(counters, make_event("next", BOB), SAID) == ()

    async def test_words_that_were_not_signed_are_a_retry_until_they_are(
        self, open_counters: OpenCounters, let_pass: LetPass
    ) -> None:
        counters = open_counters()
        assert await ask(counters, make_event("1"), RETRY) is False
        counters.settle(make_event("1").key, Settlement.EXCUSED)

        assert await ask(counters, make_event("2"), RETRY) is True
        assert await ask(counters, make_event("3", BOB), RETRY) is False
        assert await ask(counters, make_event("4", room_id="!other:b"), RETRY) is False
        counters.settle(make_event("2").key, Settlement.SIGNED)
        assert await ask(counters, make_event("5"), RETRY) is False
        counters.settle(make_event("5").key, Settlement.REFUSED)
        await let_pass(61)
        assert await ask(counters, make_event("6"), RETRY) is False

    async def test_a_retry_is_no_further_sending(self, open_counters: OpenCounters) -> None:
        counters = open_counters()
        questions: list[CounterQuestion] = [LINK, RETRY]
        for number in range(5):
            event = make_event(str(number))
            await counters.reserve(event, questions)
            counters.settle(event.key, Settlement.REFUSED)

        crowd, _ = await counters.reserve(make_event("next"), questions)
        assert crowd.by_sender == 1  # type: ignore[union-attr]

    async def test_attempts_count_whatever_is_decided_but_no_retry_of_the_last_one(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        attempts = Count(Namespace.EVENTS, ("attempts", ALICE), MINUTE_MS, on=None)
        sent = [
            ("signed", Settlement.SIGNED),
            ("first", Settlement.EXCUSED),
            ("first", Settlement.RETRIED),
            ("second", Settlement.REFUSED),
            ("first", Settlement.RETRIED),
        ]
        for number, (words, settlement) in enumerate(sent):
            event = make_event(f"{number}")
            await counters.reserve(event, [attempts, Unsigned(words, MINUTE_MS)])
            counters.settle(event.key, settlement)

        assert await units(counters, attempts) == 4
        await counters.reserve(make_event("pending"), [attempts])
        assert (await units(counters, attempts), await units(counters, attempts, BOB)) == (5, 4)

    async def test_questions_together_have_their_answers_together(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        counters.note_people("default", [came(ALICE, "a")])

        answer = await ask(counters, make_event("1", BOB), CountGroup((CAME, SAID)))

        assert answer == ({"a": 1}, ())
        assert await ask(counters, make_event("2"), SAID) == (Saying(BOB, "example.org", WORDS),)

    async def test_a_forgotten_person_did_and_said_nothing(
        self, open_counters: OpenCounters
    ) -> None:
        counters = open_counters()
        counters.note_people("default", [came(ALICE, "a"), came(BOB, "b")])
        event = make_event("1")
        await counters.reserve(event, [SAID, RETRY])
        counters.settle(event.key, Settlement.REFUSED)

        counters.forget_person(ALICE)

        assert await ask(counters, make_event("2", BOB), CAME) == {"b": 1}
        assert await ask(counters, make_event("3", BOB), SAID) == ()
        assert await ask(counters, make_event("4"), RETRY) is False
