"""Tests of raid mode: start, prolongation, end, and restarts."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.moderation import SqlModerationStore
from countersign.policy.measures.raid_mode import RaidEvidence, RaidRules, Strictness
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.counters import CountedEvent
from countersign.ports.people_counts import People, Saying
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState
from countersign.service.answers.event_context import EventContext
from countersign.service.measures.raid_joins import CAME, RaidJoins
from countersign.service.measures.raid_knowledge import are_long, fewest_alike
from countersign.service.measures.raids import Raids
from countersign.testing.clocks import ManualClock
from countersign.testing.filters import make_event_to_judge
from tests.contracts.broadcasts import Hub
from tests.databases import make_database

RULES = RaidRules(automatic=True, joins=3, per_seconds=60, lasts_minutes=30, suspects_minutes=10)
HOUR_MS = 3_600_000
YEARS_MS = 10 * 365 * 24 * HOUR_MS


@pytest.fixture(params=["memory", "sqlite"])
async def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryModerationStore()
        return
    make_database(tmp_path / "c.db")
    database = SqliteDatabase(tmp_path / "c.db")
    yield SqlModerationStore(database)
    await database.close()


@pytest.fixture
def clock():
    return ManualClock()


def test_raid_mode_ends_by_itself_and_another_wave_prolongs_it(store, clock):
    raids = Raids(store, clock)
    raids.begin("default", RULES, "many came")
    clock.advance(29 * 60)
    raids.begin("default", RULES, "many came")
    clock.advance(29 * 60)
    assert raids.find("default", clock.now_ts()) is not None
    assert raids.find("other", clock.now_ts()) is None

    clock.advance(61)

    assert raids.find("default", clock.now_ts()) is None


def test_raid_mode_that_began_with_a_fast_clock_ends_once_the_clock_is_right(store, clock):
    raids = Raids(store, clock)
    right_ts = clock.now_ts()
    clock.set_wall_clock(right_ts + YEARS_MS)
    raids.begin("default", RULES, "many came")
    clock.set_wall_clock(right_ts)

    assert raids.find("default", right_ts) is None


def test_a_moderator_begins_and_ends_it(store, clock):
    raids = Raids(store, clock)

    begun = raids.begin("default", RULES, "spam", lasts_ms=1_000)
    ended = raids.end("default")

    assert begun.raid.until_ts == clock.now_ts() + 1_000
    assert ended.ended_ts == clock.now_ts()
    assert raids.end("default") is None


async def test_a_restart_goes_on_with_it_and_not_with_those_that_ended(store, clock):
    raids = Raids(store, clock)
    raids.begin("one", RULES, "spam", evidence=RaidEvidence(["b"], [frozenset({7, 2**32 - 1})]))
    raids.begin("two", RULES, "spam")
    raids.end("two")
    raids.begin("three", RULES, "spam", strict=Strictness())
    await raids.save()

    again = Raids(store, clock)
    await again.load()

    assert again.list_current() == raids.list_current()
    assert [report.community for report in again.list_current()] == ["one", "three"]


def test_a_strict_one_ends_after_two_hours_and_so_does_being_strict(store, clock):
    raids = Raids(store, clock)
    raids.begin("default", RULES, "a moderator said so", strict=Strictness())
    clock.advance(119 * 60)
    assert raids.find("default", clock.now_ts()).is_strict(clock.now_ts())

    raids.begin("default", RULES, "many came")
    clock.advance(2 * 60)

    raid = raids.find("default", clock.now_ts())
    assert raid is not None
    assert not raid.is_strict(clock.now_ts())


def test_a_strict_one_of_arrivals_is_against_those_alone_who_came_then_or_later(store, clock):
    raids, came_ts = Raids(store, clock), clock.now_ts()
    clock.advance(40 * 60)
    raids.begin("default", RULES, "a crowd", strict=Strictness(came_within_ms=HOUR_MS // 2))

    raid, now_ts = raids.find("default", clock.now_ts()), clock.now_ts()
    assert raid.suspect_since_ts == raid.strict_since_ts == now_ts - HOUR_MS // 2
    assert not raid.is_strict_with(came_ts, now_ts)
    assert raid.is_strict_with(now_ts - HOUR_MS // 2, now_ts)
    assert raid.is_strict_with(now_ts, now_ts)
    clock.advance(2 * 60 * 60 - 1)
    assert not raid.is_strict_with(clock.now_ts(), clock.now_ts() + 1_000)

    raids.begin("default", RULES, "a moderator said so", strict=Strictness())
    raid = raids.find("default", clock.now_ts())
    assert raid.is_strict_with(came_ts, clock.now_ts())


def test_only_a_strict_one_is_against_a_newcomer_whatever_they_do(store, clock):
    raids = Raids(store, clock)
    raids.begin("default", RULES, "a moderator said so")
    assert raids.find_against("default", "@new:example.org", clock.now_ts()) is None

    raids.begin("default", RULES, "a moderator said so", strict=Strictness())

    assert raids.find_against("default", "@new:example.org", clock.now_ts()) is not None


def test_a_repeated_writer_of_raid_messages_is_part_of_the_raid(store, clock):
    raids = Raids(store, clock)
    raids.begin("default", RULES, "many came")
    for _ in range(2):
        raids.count_suspect("default", "@a:b")
    assert raids.find_against("default", "@a:b", clock.now_ts()) is None

    raids.count_suspect("default", "@a:b")
    raids.count_suspect("default", "@c:b")

    assert raids.find_against("default", "@a:b", clock.now_ts()) is not None
    assert raids.end("default").suspects == 2
    raids.begin("default", RULES, "many came again")
    assert raids.find_against("default", "@a:b", clock.now_ts()) is None


def test_variations_of_one_message_are_known_once(store, clock):
    raids = Raids(store, clock)
    words = frozenset(range(10))
    raids.begin("default", RULES, "many came", evidence=RaidEvidence(messages=[words]))
    raids.begin("default", RULES, "many came", evidence=RaidEvidence(messages=[words - {9}]))
    report = raids.begin(
        "default", RULES, "many came", evidence=RaidEvidence(messages=[frozenset(range(100, 110))])
    )

    assert report.raid.words == (words, frozenset(range(100, 110)))


def test_messages_and_domains_of_a_raid_are_bounded(store, clock):
    raids = Raids(store, clock)
    for number in range(40):
        words = frozenset(range(number * 10, number * 10 + 10))
        report = raids.begin(
            "default", RULES, "", evidence=RaidEvidence([f"d{number}.org"], [words])
        )

    assert len(report.raid.words) == 32
    assert len(report.raid.domains) == 40


def test_a_domain_counts_for_as_long_as_its_own_waves_say(store, clock):
    raids = Raids(store, clock)
    raids.begin("default", RULES, "many came", evidence=RaidEvidence(["evil.org"]))
    clock.advance(20 * 60)
    raids.begin(
        "default",
        replace(RULES, lasts_minutes=60),
        "many came",
        evidence=RaidEvidence(["other.org"]),
    )
    clock.advance(11 * 60)

    raid = raids.find("default", clock.now_ts())

    assert not raid.is_from("evil.org", clock.now_ts())
    assert raid.is_from("other.org", clock.now_ts())


@pytest.mark.parametrize("sent_minutes_ago", [0, 11])
def test_joins_that_are_no_news_are_not_counted(store, clock, sent_minutes_ago):
    """After an outage hours of joins arrive within seconds."""
    raids, counters = Raids(store, clock), MemoryCounters(clock)
    raids.begin("default", RULES, "many came")
    joins = RaidJoins(raids, counters, clock)
    for number in range(20):
        sent_ts = clock.now_ts() - sent_minutes_ago * 60_000
        joins.notice_join("default", RULES, f"@{number}:b", sent_ts=sent_ts)

    event = CountedEvent(b"k" * 32, "default", "@a:b", "!room:b")
    (came,) = counters.reserve_now(event, [People(CAME, RULES.per_seconds * 1_000)])
    expected = 0 if sent_minutes_ago else 20
    assert sum(came.values()) == expected
    assert raids.report("default").joins == expected


@pytest.mark.parametrize("named", ["@bad", "@somebody:else.org"])
def test_nobody_joins_for_somebody_else(clock, named):
    store = MemoryModerationStore()
    raids, counters = Raids(store, clock), MemoryCounters(clock)
    raids.begin("default", RULES, "many came")
    joins, sent_ts = RaidJoins(raids, counters, clock), clock.now_ts()
    for state_key in (named, "@a:b"):
        event = make_event_to_judge(
            "m.room.member",
            {"membership": "join"},
            sender="@a:b",
            state_key=state_key,
            membership_before=None,
            origin_server_ts=sent_ts,
        )
        context = EventContext(
            community="default",
            policy=parse_policy(b"filters: []", BUILTIN_FILTERS),
            room=SimpleNamespace(state=RoomState("!room:b", get_room_version("11"))),
            event=event,
            now=0.0,
            now_ts=sent_ts,
        )
        joins.settled(context, None)

    assert raids.report("default").joins == 1


@pytest.fixture
def both(store, clock):
    """The raids of two processes over one store, which tell each other of suspects."""
    hub = Hub()
    raids = Raids(store, clock), Raids(store, clock)
    for each in raids:
        each.share(hub.join())
    return raids


async def test_a_suspect_is_known_to_all_processes_by_messages_to_any_of_them(both):
    one, other = both
    one.begin("default", RULES, "many came")
    await one.save()
    await other.apply_changes(0)

    one.count_suspect("default", "@a:b")
    one.count_suspect("default", "@a:b")
    assert not other.is_suspect("default", "@a:b")
    other.count_suspect("default", "@a:b")
    for each in both:
        assert each.is_suspect("default", "@a:b")
        assert each.report("default").suspects == 1


async def test_a_suspect_of_a_raid_that_is_not_known_here_yet(both, clock):
    one, other = both
    one.begin("default", RULES, "many came")
    for user_id in ("@a:b", "@a:b", "@a:b", "@c:b", "@c:b"):
        one.count_suspect("default", user_id)
    await one.save()
    assert not other.is_suspect("default", "@a:b")
    await other.apply_changes(0)

    assert other.is_suspect("default", "@a:b")
    assert not other.is_suspect("default", "@c:b")
    one.count_suspect("default", "@c:b")
    assert other.is_suspect("default", "@c:b")


async def test_suspects_of_a_raid_that_is_over_are_none_of_the_next(both, clock):
    one, other = both
    one.begin("default", RULES, "many came")
    for _ in range(3):
        one.count_suspect("default", "@a:b")
    one.end("default")
    clock.advance(60)
    one.begin("default", RULES, "many came again")
    await one.save()
    await other.apply_changes(0)

    assert not other.is_suspect("default", "@a:b")


async def test_suspects_are_forgotten_once_somebody_was_erased(both):
    one, other = both
    one.begin("default", RULES, "many came")
    await one.save()
    await other.apply_changes(0)
    for _ in range(3):
        one.count_suspect("default", "@a:b")
    other.forget_people()

    assert not other.is_suspect("default", "@a:b")
    assert one.is_suspect("default", "@a:b")


@pytest.mark.parametrize(
    ("is_crowd", "is_long", "people"),
    [(True, False, 6), (True, True, 4), (False, True, 10), (False, False, 12)],
)
def test_fewer_people_are_a_raid_if_many_came_or_if_they_write_at_length(is_crowd, is_long, people):
    rules = RaidRules(joins=12, refused_senders=6)

    assert fewest_alike(rules, is_crowd=is_crowd, is_long=is_long) == people


def test_a_policy_that_asks_for_few_people_gets_no_more():
    rules = RaidRules(joins=3, refused_senders=2)

    assert fewest_alike(rules, is_crowd=True, is_long=True) == 2


def test_a_long_text_among_short_ones_is_not_alike():
    long, short = frozenset(range(14)), frozenset(range(8))
    said = "x" * 80

    assert are_long(said, long, [Saying("@a:a.org", "a.org", long)] * 3)
    assert not are_long(said, long, [Saying("@a:a.org", "a.org", short)] * 3)
    assert not are_long("x" * 40, long, [Saying("@a:a.org", "a.org", long)] * 3)


def test_people_held_back_stay_so_if_it_is_prolonged_for_arrivals_alone(store, clock):
    raids, came_ts = Raids(store, clock), clock.now_ts()
    clock.advance(60 * 60)
    arrivals = Strictness(came_within_ms=HOUR_MS // 2)
    raids.begin("default", RULES, "nobody new may write", strict=Strictness())

    raids.begin("default", RULES, "a crowd", strict=arrivals)

    assert raids.find("default", clock.now_ts()).is_strict_with(came_ts, clock.now_ts())
    raids.end("default")
    raids.begin("default", RULES, "a crowd", strict=arrivals)
    crowd_ts = clock.now_ts()
    clock.advance(60 * 60)
    raids.begin("default", RULES, "the same crowd", strict=arrivals)

    raid = raids.find("default", clock.now_ts())
    assert raid.is_strict_with(crowd_ts, clock.now_ts())
    assert not raid.is_strict_with(came_ts, clock.now_ts())


async def test_times_that_one_process_prolonged_are_not_shortened_by_counts_of_another(both, clock):
    one, other = both
    one.begin("default", RULES, "many came")
    await one.save()
    await other.apply_changes(0)
    one.begin("default", RULES, "nobody new may write", strict=Strictness())
    await one.save()
    other.count_join("default")
    await other.save()

    for each in both:
        await each.apply_changes(0)
        assert each.find("default", clock.now_ts()).is_strict(clock.now_ts())
        assert each.report("default").joins == 1


async def test_an_undone_prolongation_is_undone_in_all_processes(both, clock):
    one, other = both
    before = one.begin("default", RULES, "many came")
    await one.save()
    one.begin("default", RULES, "nobody new may write", strict=Strictness())
    await one.save()
    await other.apply_changes(0)
    await one.put_back(before)
    other.count_join("default")
    for each in (one, other):
        await each.save()

    for each in both:
        await each.apply_changes(0)
        raid = each.find("default", clock.now_ts())
        assert not raid.is_strict(clock.now_ts())
        assert raid.until_ts == before.raid.until_ts


async def test_an_erased_name_is_not_stored_again_by_a_process_that_has_not_heard(both, store):
    one, other = both
    one.begin("default", RULES, "@a:b and others")
    await one.save()
    await other.apply_changes(0)
    other.count_join("default")
    one.forget_person("@a:b")
    await store.save_raid(one.report("default"))  # as the erasure leaves it

    await other.save()
    for each in both:
        await each.apply_changes(0)
        assert "@a:b" not in each.report("default").raid.because
    assert "@a:b" not in (await store.raids())[0].raid.because


async def test_one_that_two_processes_start_at_once_is_one_and_ends_as_one(both, clock):
    one, other = both
    one.begin("default", RULES, "many came")
    clock.advance(0.1)
    other.begin("default", RULES, "nobody new may write", strict=Strictness())
    for each in (*both, *both):
        await each.save()
        await each.apply_changes(0)

    now_ts = clock.now_ts()
    assert one.find("default", now_ts) == other.find("default", now_ts)
    assert one.find("default", now_ts).is_strict(now_ts)
    one.end("default")
    for each in (*both, *both):
        await each.save()
        await each.apply_changes(0)
        assert each.find("default", now_ts) is None


async def test_knowledge_of_it_stays_if_a_change_or_its_end_is_undone(store, clock):
    raids, said = Raids(store, clock), frozenset(range(9))
    before = raids.begin("default", RULES, "many", evidence=RaidEvidence((), [said]))
    raids.begin("default", RULES, "longer", lasts_ms=5 * HOUR_MS)
    raids.count_join("default")
    before = replace(before, raid=replace(before.raid, words=()))

    await raids.put_back(before)
    await raids.save()
    assert raids.report("default").raid.words == (said,)
    assert raids.report("default").joins == 1

    ended = replace(raids.end("default"), ended_ts=None)
    await raids.save()
    again = Raids(store, clock)
    await again.put_back(replace(ended, raid=replace(ended.raid, words=())))
    assert again.report("default").raid.words == (said,)
