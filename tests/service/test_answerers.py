"""Tests of the answerers of filters' questions: what they remember, for how long, and limits."""

from random import Random  # noqa: TID251 - seeded, so that a run can be repeated

import pytest

from countersign.adapters.memory import near_duplicates as crowds_module
from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.adapters.memory.near_duplicates import (
    MAX_SENDINGS,
    MAX_TEXTS,
    SentThings,
    SimilarTexts,
)
from countersign.policy.events import Event
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.policy.questions.counts import PeopleCalled
from countersign.policy.questions.crowds import Crowd, SentBefore, SimilarBefore
from countersign.policy.questions.people import ActiveNames, NamesInRoom, Silenced
from countersign.policy.questions.rooms import RoomAlias
from countersign.policy.text.minhash import PLACES, MinHash, minhash_of
from countersign.ports.counters import CountedEvent, Settlement
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState, StateEvent
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.event_counts import (
    MAX_COUNTED_MENTIONS,
    MentionCounts,
    SameThingCounts,
    SimilarTextCounts,
)
from countersign.service.answers.people import (
    LIST_AFTER_SECONDS,
    ActivePeople,
    AliasAnswers,
    NameAnswers,
)
from countersign.service.measures.mutes import FORGIVEN_AFTER_MS, Mutes
from countersign.service.rooms.room import Room
from countersign.testing.clocks import ManualClock
from tests.memory import measured_bytes

ALICE, BOB, MODERATOR = "@alice:example.org", "@bob:example.com", "@mod:example.org"
ROOM = "!room:example.org"
YEAR_MS = 365 * 86_400_000
NAMES = {ALICE: "Alice Liddell", BOB: "Bo", MODERATOR: "The Moderator"}


@pytest.fixture
def room():
    rules = get_room_version("11")
    state = RoomState(ROOM, rules)
    for user_id, name in NAMES.items():
        content = {"membership": "join", "displayname": name}
        state.apply(StateEvent("m.room.member", user_id, user_id, content, "$m", 2, 0))
    levels = {"users": {MODERATOR: 50}}
    state.apply(StateEvent("m.room.power_levels", "", MODERATOR, levels, "$p", 3, 0))
    return Room(
        room_id=ROOM, rules=rules, state=state, membership="joined", via=(), joined_ts=1, note=""
    )


@pytest.fixture
def make_context(room):
    def make(sender=ALICE, now=0.0, *, room_id=ROOM, community="default", content=None):
        event = Event(
            type="m.room.message",
            sender=sender,
            server=sender.partition(":")[2],
            room_id=room_id,
            state_key=None,
            content=content or {"body": "hello"},
            origin_server_ts=0,
            size_bytes=100,
        )
        return EventContext(
            community=community,
            policy=parse_policy(b"filters: []", BUILTIN_FILTERS),
            room=room,
            event=event,
            now=now,
            now_ts=int(now * 1000),
        )

    return make


class CountingAnswerer:
    """Asks one answerer by way of counters whose time is the event's, or that of a clock."""

    def __init__(self, answerer, clock=None):
        self.answerer = answerer
        self.is_timed = clock is not None
        self.counters = MemoryCounters(clock or ManualClock())
        self.numbers = iter(range(10**9))

    def _reserve(self, question, context):
        key = next(self.numbers).to_bytes(8)
        event = CountedEvent(key, context.community, context.event.sender, context.event.room_id)
        (reply,) = self.counters.reserve_now(
            event,
            [self.answerer.counts(question, context)],
            None if self.is_timed else context.now_ts,
        )
        return key, reply

    def answer(self, question, context):
        """Return the answer, and hold nothing."""
        key, reply = self._reserve(question, context)
        self.counters.cancel(key)
        return self.answerer.answer(question, context, reply)

    def note(self, question, context, settlement=Settlement.SIGNED):
        """Have an event counted."""
        self.settle(question, context, self.reserve(question, context), settlement)

    def reserve(self, question, context):
        """Have an event pending; return what is held for it."""
        key, reply = self._reserve(question, context)
        self.answerer.answer(question, context, reply)
        return key, reply

    def settle(self, question, context, held, settlement):
        """Have a pending event counted."""
        key, reply = held
        self.counters.settle(key, settlement)
        self.answerer.settled(question, context, reply, settlement)


class SettledEntries:
    """Settled entries of a memory of sent things, without pending ones."""

    def __init__(self, memory, answerer):
        self.memory, self.answerer = memory, answerer

    def answer(self, question, context):
        event = CountedEvent(b"", context.community, context.event.sender, context.event.room_id)
        crowd = self.memory.find(self.answerer.counts(question, context), event, context.now_ts)
        return self.answerer.answer(question, context, crowd)

    def note(self, question, context, settlement=Settlement.SIGNED):
        event = CountedEvent(b"", context.community, context.event.sender, context.event.room_id)
        self.memory.add(self.answerer.counts(question, context), event, context.now_ts)


def make_mutes(clock=None):
    return CountingAnswerer(Mutes(MemoryModerationStore(), clock or ManualClock()))


class TestSentThings:
    QUESTION = SentBefore("link example.org", 60)

    def test_nobody_sent_what_is_new(self, make_context):
        crowd = SettledEntries(SentThings(), SameThingCounts()).answer(
            self.QUESTION, make_context()
        )

        assert (crowd.senders, crowd.rooms) == (frozenset(), frozenset())

    def test_senders_and_rooms_are_remembered_for_the_time_whatever_was_decided(self, make_context):
        things = SettledEntries(SentThings(), SameThingCounts())
        things.note(self.QUESTION, make_context(ALICE, 0.0))
        things.note(self.QUESTION, make_context(BOB, 30.0, room_id="!other:b"), Settlement.REFUSED)

        crowd = things.answer(self.QUESTION, make_context(ALICE, 59.0))
        later = things.answer(self.QUESTION, make_context(ALICE, 61.0))

        assert crowd.senders == {ALICE, BOB}
        assert crowd.rooms == {ROOM, "!other:b"}
        assert later.senders == {BOB}

    def test_repeats_of_the_same_sender_are_counted(self, make_context):
        things = SettledEntries(SentThings(), SameThingCounts())
        for moment in (0.0, 1.0, 2.0):
            things.note(self.QUESTION, make_context(ALICE, moment))
        things.note(self.QUESTION, make_context(ALICE, 2.0, room_id="!other:b"))

        assert things.answer(self.QUESTION, make_context(ALICE, 3.0)).by_sender == 4
        assert things.answer(self.QUESTION, make_context(BOB, 3.0)).by_sender == 0
        assert things.answer(self.QUESTION, make_context(ALICE, 70.0)).by_sender == 0

    def test_communities_do_not_know_of_each_other(self, make_context):
        things = SettledEntries(SentThings(), SameThingCounts())
        things.note(self.QUESTION, make_context())

        assert things.answer(self.QUESTION, make_context(community="other")).senders == frozenset()

    def test_a_thousand_senders_take_no_more_room_than_some(self, make_context):
        things = SettledEntries(SentThings(), SameThingCounts())
        for number in range(1_000):
            things.note(self.QUESTION, make_context(f"@u{number}:b"))

        assert len(things.answer(self.QUESTION, make_context()).senders) == MAX_SENDINGS

    def test_many_things_of_many_senders_are_bounded_and_the_latest_are_known(
        self, make_context, monkeypatch
    ):
        monkeypatch.setattr(crowds_module, "MAX_SENDINGS_IN_ALL", 100)
        things = SettledEntries(SentThings(), SameThingCounts())
        questions = [SentBefore(f"link {number}.example", 60) for number in range(20)]
        for question in questions:
            for number in range(10):
                things.note(question, make_context(f"@u{number}:b"))

        known = [len(things.answer(question, make_context()).senders) for question in questions]
        assert known == [0] * 10 + [10] * 10

    def test_a_long_link_is_known_and_not_kept(self, make_context):
        """A link can be as long as an event, and fifty thousand of them are remembered."""
        things = SettledEntries(SentThings(), SameThingCounts())
        link = "link a.example/" + "x" * 60_000
        with measured_bytes() as taken:
            for number in range(100):
                things.note(SentBefore(f"{link}{number}", 60), make_context())

        assert taken() < 500_000
        assert things.answer(SentBefore(f"{link}7", 60), make_context()).senders == {ALICE}
        assert things.answer(SentBefore(f"{link}x", 60), make_context()).senders == frozenset()


class TestSimilarTexts:
    TEXT = "please join our new group and win a lot of money with very little work at home today"

    def question(self, text):
        return SimilarBefore(minhash_of(text), 60, 600)

    def test_near_duplicates_are_found_and_other_texts_are_not(self, make_context):
        texts = SettledEntries(SimilarTexts(), SimilarTextCounts())
        texts.note(self.question(self.TEXT), make_context(ALICE))
        texts.note(self.question(self.TEXT + " friends"), make_context(BOB), Settlement.REFUSED)

        alike = texts.answer(self.question("hey " + self.TEXT), make_context("@c:d"))
        other = texts.answer(
            self.question("the train leaves at eight from the main station, platform seven or so"),
            make_context("@c:d"),
        )

        assert alike.senders == {ALICE, BOB}
        assert other.senders == frozenset()

    def test_a_flood_of_texts_is_bounded_and_the_latest_are_known(self, make_context):
        texts = SettledEntries(SimilarTexts(), SimilarTextCounts())
        words = [f"w{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}" for number in range(676)]
        for number in range(MAX_TEXTS // 20):
            start = number * 7 % 600
            text = " ".join(words[start : start + 12]) + f" tail{chr(97 + number % 26)}"
            texts.note(self.question(text), make_context(f"@u{number}:b"))
        texts.note(self.question(self.TEXT), make_context(BOB))

        assert texts.answer(self.question(self.TEXT), make_context()).senders == {BOB}

    def test_so_many_texts_fit_into_memory(self, make_context):
        """Any busy server reaches the limit of remembered entries within a day."""
        texts, chance = SettledEntries(SimilarTexts(), SimilarTextCounts()), Random(1)
        with measured_bytes() as taken:
            for number in range(1_000):
                places = tuple(chance.getrandbits(32) for _ in range(PLACES))
                question = SimilarBefore(MinHash(places), 60, 600)
                texts.note(question, make_context(f"@u{number}:b"))

        assert taken() / 1_000 * MAX_TEXTS < 70_000_000

    def test_evicted_texts_leave_nothing_behind(self, make_context, monkeypatch):
        monkeypatch.setattr(crowds_module, "MAX_TEXTS", 3)
        monkeypatch.setattr(crowds_module, "MAX_SENDINGS_IN_ALL", 12)
        texts = SettledEntries(SimilarTexts(), SimilarTextCounts())
        others = ["one two three four five six", "der Zug faehrt um acht Uhr ab", "a b c d e f g h"]
        for sender in range(8):
            texts.note(self.question(self.TEXT), make_context(f"@u{sender}:b"))
        for text in others:
            texts.note(self.question(text), make_context(BOB))
        assert texts.answer(self.question(self.TEXT), make_context()).senders == frozenset()
        assert texts.answer(self.question(others[0]), make_context()).senders == {BOB}

        for sender in range(12):
            texts.note(self.question(others[2]), make_context(f"@u{sender}:b"))

        assert texts.answer(self.question(others[0]), make_context()).senders == frozenset()
        assert texts.answer(self.question(others[2]), make_context()).senders == frozenset()
        texts.note(self.question(self.TEXT), make_context(BOB))
        assert texts.answer(self.question(self.TEXT), make_context()).senders == {BOB}

    def test_the_index_finds_the_same_as_comparing_all_texts(self, make_context, monkeypatch):
        monkeypatch.setattr(crowds_module, "MAX_TEXTS", 120)
        monkeypatch.setattr(crowds_module, "MAX_CANDIDATES", 7)
        texts, plain = (
            SettledEntries(SimilarTexts(), SimilarTextCounts()),
            TextsOneByOne(most=120, candidates=7),
        )
        chance = Random(20_181)
        seeds = [" ".join(chance.choices(WORDS, k=12)) for _ in range(12)]
        crowds_found = 0
        for number in range(800):
            question = SimilarBefore(
                minhash_of(varied(chance.choice(seeds), chance)),
                *chance.choice([(60, 90), (30, 600)]),
            )
            here = make_context(
                f"@u{chance.randrange(40)}:b",
                float(number),
                room_id=f"!{chance.randrange(5)}:b",
                community=chance.choice("xxy"),
            )
            found = texts.answer(question, here)

            assert found == plain.answer(question, here)
            crowds_found += len(found.senders) > 1
            texts.note(question, here)
            plain.note(question, here)
        assert 100 < crowds_found < 700


WORDS = [f"{a}{b}{c}" for a in "bdk" for b in ("an", "or", "ist") for c in ("a", "um", "el", "y")]


def varied(text, chance):
    words = text.split()
    for _ in range(chance.randrange(5)):
        words[chance.randrange(len(words))] = chance.choice(WORDS)
    return " ".join(words)


class TextsOneByOne:
    """The answers of `SimilarTexts`, computed by comparing with every remembered text."""

    def __init__(self, most, candidates):
        self.most, self.candidates = most, candidates
        self.texts = []

    def answer(self, question, context):
        since = context.now - question.per_seconds
        sent = [
            (sender, room_id, times)
            for _, _, sendings, _ in self._alike(question, context, question.likeness_percent)
            for (sender, room_id), (at, times) in sendings.items()
            if at >= since
        ]
        return Crowd(
            frozenset(sender for sender, _, _ in sent),
            frozenset(room_id for _, room_id, _ in sent),
            sum(times for sender, _, times in sent if sender == context.event.sender),
        )

    def note(self, question, context):
        alike = self._alike(question, context, 90)
        if alike:
            sendings = alike[0][2]
        else:
            sendings = {}
            text = (
                kind(question, context),
                question.sketch,
                sendings,
                set(enumerate(question.sketch.bands())),
            )
            self.texts = [*self.texts, text]
            self.texts = self.texts[-self.most :]
        key = (context.event.sender, context.event.room_id)
        _, times = sendings.get(key, (0, 0))
        sendings[key] = (context.now, times + 1)

    def _alike(self, question, context, percent):
        """Return what is like the minhash among the first candidates, the newest of each piece."""
        ours = [text for text in self.texts if text[0] == kind(question, context)]
        candidates = []
        for band in enumerate(question.sketch.bands()):
            sharing = [text for text in reversed(ours) if band in text[3]]
            for text in sharing[: self.candidates]:
                if not any(text is each for each in candidates):
                    candidates.append(text)
        return [
            text
            for text in candidates[: self.candidates]
            if text[1].likeness_percent(question.sketch.places) >= percent
        ]


def kind(question, context):
    return context.community, question.likeness_percent, question.per_seconds


class TestSilences:
    QUESTION = Silenced(ALICE, 2, 60, 10, 25)

    def refused(self, mutes, make_context, *moments, settlement=Settlement.REFUSED):
        for moment in moments:
            mutes.note(self.QUESTION, make_context(now=moment), settlement)

    def test_a_single_refusal_mutes_nobody(self, make_context):
        mutes = make_mutes()
        self.refused(mutes, make_context, 0.0, 61.0)

        assert not mutes.answer(self.QUESTION, make_context(now=61.0))

    def test_warnings_and_signed_events_do_not_count(self, make_context):
        mutes = make_mutes()
        self.refused(mutes, make_context, 0.0, 1.0, 2.0, settlement=Settlement.WARNED)
        self.refused(mutes, make_context, 0.0, 1.0, 2.0, settlement=Settlement.SIGNED)

        assert not mutes.answer(self.QUESTION, make_context(now=2.0))

    def test_trying_again_prolongs_nothing(self, make_context):
        mutes = make_mutes()
        self.refused(mutes, make_context, 0.0, 1.0)
        self.refused(mutes, make_context, 2.0, 5.0, 9.0, 10.0)

        assert mutes.answer(self.QUESTION, make_context(now=10.9))
        assert not mutes.answer(self.QUESTION, make_context(now=11.0))

    def test_each_silence_is_twice_as_long_up_to_the_most(self, make_context):
        mutes = make_mutes()
        self.refused(mutes, make_context, 0.0, 1.0)  # until 11
        self.refused(mutes, make_context, 12.0, 13.0)  # until 33
        assert mutes.answer(self.QUESTION, make_context(now=32.9))
        self.refused(mutes, make_context, 34.0, 35.0)  # until 60, not 75
        assert mutes.answer(self.QUESTION, make_context(now=59.9))
        assert not mutes.answer(self.QUESTION, make_context(now=60.0))

    def test_a_day_without_any_is_forgiven(self, make_context):
        mutes = make_mutes()
        self.refused(mutes, make_context, 0.0, 1.0)
        later = 12.0 + FORGIVEN_AFTER_MS / 1_000
        self.refused(mutes, make_context, later, later + 1)

        assert not mutes.answer(self.QUESTION, make_context(now=later + 11.5))

    def test_refusals_that_were_decided_at_the_same_time_mute_as_well(self, make_context):
        mutes = make_mutes()
        pending = [mutes.reserve(self.QUESTION, make_context(now=moment)) for moment in (0.0, 1.0)]
        for moment, held in zip((0.0, 1.0), pending, strict=True):
            mutes.settle(self.QUESTION, make_context(now=moment), held, Settlement.REFUSED)

        assert mutes.answer(self.QUESTION, make_context(now=10.9))
        assert not mutes.answer(self.QUESTION, make_context(now=11.1))

    @pytest.mark.parametrize("jump_ms", [-YEAR_MS, -7_200_000])
    def test_a_clock_that_is_set_back_makes_no_mute_longer_and_hinders_no_other(
        self, make_context, jump_ms
    ):
        clock = ManualClock(now_ts=2 * YEAR_MS)
        mutes = CountingAnswerer(Mutes(MemoryModerationStore(), clock), clock)

        def present():
            return make_context(now=clock.now_ts() / 1_000)

        def refuse_twice():
            for _ in range(2):
                mutes.note(self.QUESTION, present(), Settlement.REFUSED)
                clock.advance(1)

        refuse_twice()
        clock.set_wall_clock(clock.now_ts() + jump_ms)
        at_once = mutes.answer(self.QUESTION, present())
        clock.advance(9)
        later = mutes.answer(self.QUESTION, present())
        clock.advance(60)
        refuse_twice()

        assert (bool(at_once), bool(later)) == (True, False)
        assert mutes.answer(self.QUESTION, present())

    async def test_a_restart_ends_no_mute_and_forgets_none_that_makes_the_next_longer(
        self, make_context
    ):
        clock, store = ManualClock(now_ts=0), MemoryModerationStore()
        mutes = CountingAnswerer(Mutes(store, clock))
        self.refused(mutes, make_context, 0.0, 1.0)  # until 11
        await mutes.answerer.save()

        anew = CountingAnswerer(Mutes(store, clock))
        await anew.answerer.load()

        assert anew.answer(self.QUESTION, make_context(now=10.9))
        assert not anew.answer(self.QUESTION, make_context(now=11.0))
        self.refused(anew, make_context, 12.0, 13.0)  # until 33
        assert anew.answer(self.QUESTION, make_context(now=32.9))


def asking_about_mentions():
    asking = CountingAnswerer(None)
    asking.answerer = MentionCounts(asking.counters, is_dry_run=True)
    return asking


class TestPeopleCalled:
    def test_people_that_are_named_count_once_each(self, make_context):
        counts = asking_about_mentions()

        def question(*people):
            return PeopleCalled(ALICE, len(people), 60, tuple(sorted(people)))

        for second in range(5):
            counts.note(question(BOB), make_context(now=second))
        counts.note(question(BOB, MODERATOR), make_context(now=6.0))
        counts.note(question("@refused:b"), make_context(now=6.0), Settlement.REFUSED)

        assert counts.answer(question("@carol:b"), make_context(now=7.0)) == 2
        assert counts.answer(question(BOB), make_context(now=7.0)) == 1
        assert counts.answer(question("@carol:b"), make_context(now=65.0)) == 2
        assert counts.answer(question("@carol:b"), make_context(now=90.0)) == 0

    def test_mentions_of_signed_events_add_up(self, make_context):
        counts = asking_about_mentions()
        question = PeopleCalled(ALICE, 3, 60)

        counts.note(question, make_context(now=1.0))
        counts.note(question, make_context(now=1.0), Settlement.REFUSED)

        assert counts.answer(question, make_context(now=2.0)) == 3

    def test_the_mentions_of_one_event_are_capped(self, make_context):
        counts = asking_about_mentions()
        counts.note(PeopleCalled(ALICE, 10**9, 60), make_context(now=1.0))

        answer = counts.answer(PeopleCalled(ALICE, 1, 60), make_context(now=2.0))

        assert answer == MAX_COUNTED_MENTIONS


class TestNames:
    def write(self, people, make_context, sender, now, settlement=Settlement.SIGNED):
        about = make_context(sender, now)
        question = people.counts(about)
        event = CountedEvent(f"{sender}{now}".encode(), "default", sender, ROOM)
        (reply,) = self.counters.reserve_now(event, [question], about.now_ts)
        self.counters.settle(event.key, settlement)
        people.replied(about, reply)

    def test_the_names_of_those_who_wrote_lately_are_found_as_whole_words(self, make_context):
        self.counters, people = MemoryCounters(ManualClock()), ActivePeople()
        question = ActiveNames(ROOM)
        assert people.answer(question, make_context()).users_in("alice liddell") == frozenset()
        self.write(people, make_context, ALICE, 0.0)
        self.write(people, make_context, MODERATOR, 0.0, Settlement.REFUSED)
        self.write(people, make_context, BOB, 0.0)
        first = people.answer(question, make_context()).users_in("alice liddell and the moderator")
        self.write(people, make_context, MODERATOR, 1.0)
        self.write(people, make_context, MODERATOR, 2.0)
        early = people.answer(question, make_context()).users_in("alice liddell and the moderator")
        self.write(people, make_context, ALICE, 1.0 + LIST_AFTER_SECONDS)

        finder = people.answer(question, make_context(now=1.0 + LIST_AFTER_SECONDS))

        assert first == early == {ALICE}, "a room's people are listed now and then"
        assert finder.users_in("hi alice liddell and bo, and the moderator") == {ALICE, MODERATOR}
        assert finder.users_in("alice liddells") == frozenset()

    def test_a_room_without_an_alias_has_none(self, make_context):
        assert (
            AliasAnswers().answer(RoomAlias(make_context().event.room_id), make_context()) is None
        )

    def test_the_sender_and_the_moderators_are_named(self, make_context):
        names = NameAnswers().answer(NamesInRoom(ALICE), make_context())

        assert names.own == "Alice Liddell"
        assert names.moderators == ((MODERATOR, "The Moderator"),)

    @pytest.mark.parametrize(
        ("depth", "known_since_ts", "is_earlier"), [(2, 5, True), (9, 5, False), (2, 8, False)]
    )
    def test_a_name_is_earlier_than_the_levels_by_its_depth_and_by_our_clock(
        self, make_context, room, depth, known_since_ts, is_earlier
    ):
        levels = {"users": {MODERATOR: 50}}
        room.state.apply(StateEvent("m.room.power_levels", "", MODERATOR, levels, "$q", 7, 0, 6))
        content = {"membership": "join", "displayname": "Carol"}
        carol = "@carol:example.org"
        room.state.apply(
            StateEvent("m.room.member", carol, carol, content, "$c", depth, 0, known_since_ts)
        )

        names = NameAnswers().answer(NamesInRoom(carol), make_context())

        assert names.is_own_earlier is is_earlier
