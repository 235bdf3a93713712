"""Tests of allowances: in effect exactly as long as the moderator said."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.policy.fingerprints import fingerprint
from countersign.ports.counters import Total
from countersign.service.measures.allowances import WARNED_FOR_MS, Allowances
from countersign.testing.clocks import ManualClock
from countersign.testing.filters import make_message_to_judge
from countersign.testing.records import ALICE, BOB, REFUSE, make_recorded

HOUR_MS = 3_600_000
WORDS = "Buy this."
WARNING = replace(REFUSE, is_warning=True)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store():
    return MemoryModerationStore()


@pytest.fixture
def allowances(store, clock):
    return Allowances(store, clock)


def event_of(sender=ALICE, words=WORDS):
    return replace(make_message_to_judge(words), sender=sender)


def refused(decision=REFUSE, sender=ALICE):
    known = fingerprint(event_of(sender))
    return make_recorded(decision=replace(decision, fingerprint=known), sender=sender)


def passes(
    allowances,
    now_ts,
    *,
    sender=ALICE,
    words=WORDS,
    community="default",
    decision=REFUSE,
    warned=None,
):
    event = event_of(sender, words)
    asked = SimpleNamespace(
        community=community, now_ts=now_ts, event=event, fingerprint=fingerprint(event)
    )
    return allowances.reconsider(decision, asked, warned).spared_by is not None


async def test_an_allowance_ends_when_it_was_said_to(allowances, clock):
    begun_ts = clock.now_ts()
    await allowances.allow(refused(), community="default", lasts_ms=HOUR_MS)

    assert passes(allowances, begun_ts)
    assert passes(allowances, begun_ts + HOUR_MS - 1)
    assert not passes(allowances, begun_ts + HOUR_MS)
    assert not passes(allowances, begun_ts + HOUR_MS + 1)

    clock.advance(3_599)
    assert allowances.find(refused(), "default") is not None
    clock.advance(1)
    assert allowances.find(refused(), "default") is None


async def test_an_allowance_is_for_one_sender_text_and_community(allowances, clock):
    await allowances.allow(refused(), community="default", lasts_ms=HOUR_MS)
    now_ts = clock.now_ts()

    assert not passes(allowances, now_ts, sender=BOB)
    assert not passes(allowances, now_ts, words="Sell that.")
    assert not passes(allowances, now_ts, community="garden")


async def test_an_allowance_for_a_room_applies_there_only_and_is_no_false_positive_of_the_step(
    allowances, store, clock
):
    room_id = event_of().room_id
    here, elsewhere = replace(refused(), room_id=room_id), refused()
    now_ts = clock.now_ts()
    about = {"community": "default", "lasts_ms": HOUR_MS, "is_for_one_room": True}

    await allowances.allow(replace(elsewhere, room_id="!elsewhere:example.org"), **about)
    assert not passes(allowances, now_ts)
    await allowances.allow(here, **about)
    assert passes(allowances, now_ts)
    assert not passes(allowances, now_ts, sender=BOB)

    again = Allowances(store, clock)
    await again.load()
    assert passes(again, now_ts)
    assert not any(again.was_allowed("default", step.label, 0) for step in REFUSE.findings)


async def test_a_shorter_one_does_not_cut_a_longer_one(allowances, clock):
    begun_ts = clock.now_ts()
    await allowances.allow(refused(), community="default", lasts_ms=2 * HOUR_MS)
    await allowances.allow(refused(), community="default", lasts_ms=HOUR_MS)

    assert passes(allowances, begun_ts + 2 * HOUR_MS - 1)
    assert not passes(allowances, begun_ts + 2 * HOUR_MS)


async def test_a_restart_remembers_what_still_lasts_and_nothing_else(allowances, store, clock):
    begun_ts = clock.now_ts()
    await allowances.allow(refused(), community="default", lasts_ms=HOUR_MS)
    await allowances.allow(refused(sender=BOB), community="default", lasts_ms=2 * HOUR_MS)
    clock.advance(3_600)

    restarted = Allowances(store, clock)
    await restarted.load()

    assert not passes(restarted, begun_ts, sender=ALICE)
    assert passes(restarted, clock.now_ts(), sender=BOB)
    assert not passes(restarted, begun_ts + 2 * HOUR_MS, sender=BOB)


@pytest.mark.parametrize("read", ["load", "apply_changes", "forget_room"])
async def test_changes_of_allowances_during_a_read_are_kept(
    allowances, store, clock, monkeypatch, read
):
    now_ts, find = clock.now_ts(), store.allowances
    withdrawn = await allowances.allow(
        refused(sender=BOB), community="default", lasts_ms=HOUR_MS, actor="mod"
    )
    reads = []

    async def find_slowly(**query):
        found = await find(**query)
        if not reads:
            reads.append(found)
            await allowances.allow(refused(), community="default", lasts_ms=HOUR_MS)
            await allowances.withdraw(withdrawn, None, actor="mod")
        return found

    monkeypatch.setattr(store, "allowances", find_slowly)
    given = {"load": (), "apply_changes": (0,), "forget_room": ("!room:example.org",)}[read]
    await getattr(allowances, read)(*given)

    assert passes(allowances, now_ts)
    assert not passes(allowances, now_ts, sender=BOB)


def test_a_warning_lets_the_same_words_pass_for_a_day(allowances, clock):
    now_ts = clock.now_ts()
    fresh = Total(units=1, latest_ms_ago=WARNED_FOR_MS - 1)
    old = Total(units=1, latest_ms_ago=WARNED_FOR_MS)

    assert not passes(allowances, now_ts, decision=WARNING, warned=Total())
    assert not passes(allowances, now_ts, decision=WARNING)
    assert passes(allowances, now_ts, decision=WARNING, warned=fresh)
    assert not passes(allowances, now_ts, decision=WARNING, warned=old)
    assert not passes(allowances, now_ts, warned=fresh), (
        "what is refused without a warning stays refused"
    )
