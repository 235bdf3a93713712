"""Tests of changes by one process that others apply to their caches, part by part."""

import hashlib

import pytest

from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.bootstrap.measures import build_measures, load_measures
from countersign.bootstrap.parts.processes import listen_with_measures
from countersign.policy.measures.mutes import Mute
from countersign.policy.measures.raid_mode import RaidEvidence, RaidRules
from countersign.policy.measures.runaway_guard import DroppedStep
from countersign.policy.measures.trust_records import LearnedTrust, Trust
from countersign.policy.questions.indicators import BadBecause, BadIndicator
from countersign.policy.text.indicators.kinds import IndicatorKind
from countersign.ports.actors import Face, Role, Scope
from countersign.ports.stores.access import AccessToken, FrozenActor
from countersign.ports.stores.processes.changes import Topic
from countersign.ports.stores.trust import Learned
from countersign.service.commands.actors.access_register import AccessRegister
from countersign.service.measures import trust as trust_module
from countersign.service.misses import MISS
from countersign.service.processes.change_feed import ChangeFeed
from countersign.testing.clocks import ManualClock
from tests.databases import make_database

SECRET = b"s" * 32
ANN = "@ann:example.org"


class Process:
    def __init__(self, path, clock):
        self.database = SqliteDatabase(path)
        self.stores = stores_in(self.database)
        self.measures = build_measures(self.stores, clock, indicator_secret=SECRET)
        self.register = AccessRegister(self.stores.access, clock)
        self.feed = ChangeFeed(self.stores.changes, is_shared=True)

    async def start(self):
        await self.feed.begin()
        await load_measures(self.measures)
        await self.register.load()
        self.feed.listen(Topic.ACCESS, self.register.apply_changes)
        listen_with_measures(self.feed, self.measures)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def processes(tmp_path, clock):
    path = tmp_path / "countersign.db"
    make_database(path)
    both = [Process(path, clock), Process(path, clock)]
    for each in both:
        await each.start()
    yield both
    for each in both:
        await each.database.close()


async def test_a_mute_and_its_end(processes, clock):
    one, other = processes
    mute = Mute(
        community="default",
        user_id=ANN,
        rule="3 in 60 s",
        started_ts=clock.now_ts(),
        until_ts=clock.now_ts() + 60_000,
        times=1,
    )
    one.measures.mutes.put_back([mute])
    await one.measures.mutes.save()
    assert other.measures.mutes.list_current() == []
    await other.feed.poll()
    assert other.measures.mutes.list_current() == [mute]

    assert other.measures.mutes.end("default", ANN) == [mute]
    await other.measures.mutes.save()
    await one.feed.poll()
    assert one.measures.mutes.list_current() == []


async def test_trust_that_both_learned_adds_up_and_what_was_given_counts_at_once(processes, clock):
    one, other = processes
    for each in processes:
        await each.measures.trust.find("default", ANN)
    learned = Learned("default", ANN, LearnedTrust.once(clock.now_ts()))
    await one.stores.trust.add_learned([learned])
    await other.stores.trust.add_learned([learned])
    for each in processes:
        await each.feed.poll()
        assert each.measures.trust.peek("default", ANN).accepted_events == 2

    await one.measures.trust.set_level("default", ANN, Trust.TRUSTED, reason="a regular")
    await other.feed.poll()
    known = other.measures.trust.peek("default", ANN)
    assert (known.given, known.accepted_events) == (Trust.TRUSTED, 2)


async def test_unstored_trust_is_not_lost(processes, clock):
    one, other = processes
    await other.measures.trust.find("default", ANN)
    learned = Learned("default", ANN, LearnedTrust.once(clock.now_ts()))
    trust = other.measures.trust
    known = trust.peek("default", ANN).after(learned.learned)
    trust._remembered["default", ANN] = known
    trust._unsaved["default", ANN] = trust_module._Unsaved(known, learned.learned)
    await one.stores.trust.add_learned([learned])
    await other.feed.poll()
    assert trust.peek("default", ANN).accepted_events == 2
    await trust.save()
    assert (await one.stores.trust.find("default", ANN)).accepted_events == 2


async def test_a_raid_begins_goes_on_and_ends(processes):
    one, other = processes
    one.measures.raids.begin(
        "default", RaidRules(), "many came", evidence=RaidEvidence(["bad.example"])
    )
    await one.measures.raids.save()
    await other.feed.poll()
    report = other.measures.raids.report("default")
    assert report is not None
    assert set(report.raid.domains) == {"bad.example"}

    other.measures.raids.begin(
        "default", RaidRules(), "more came", evidence=RaidEvidence(["worse.example"])
    )
    await other.measures.raids.save()
    await one.feed.poll()
    assert set(one.measures.raids.report("default").raid.domains) == {
        "bad.example",
        "worse.example",
    }

    one.measures.raids.end("default")
    await one.measures.raids.save()
    # The other process counts on before it hears of the end: the raid stays ended.
    other.measures.raids.count_join("default")
    await other.measures.raids.save()
    for each in processes:
        await each.feed.poll()
        assert each.measures.raids.report("default") is None
    assert await one.stores.moderation.raids(under_way=True) == []


async def test_a_raid_that_a_person_puts_back_goes_on_everywhere(processes):
    one, other = processes
    report = one.measures.raids.begin("default", RaidRules(), "many came")
    await one.measures.raids.save()
    await other.feed.poll()
    other.measures.raids.end("default")
    await other.measures.raids.save()
    await one.feed.poll()
    assert one.measures.raids.report("default") is None
    await one.measures.raids.put_back(report)
    await one.measures.raids.save()
    await other.feed.poll()
    assert other.measures.raids.report("default") is not None


async def test_a_step_that_the_guard_dropped(processes, clock):
    one, other = processes
    step = DroppedStep(
        community="default",
        step="links",
        policy_revision="r1",
        because="it refused 12 people",
        dropped_ts=clock.now_ts(),
    )
    await one.stores.moderation.save_dropped(step)
    await other.feed.poll()
    assert other.measures.guard.all() == [step]
    await other.measures.guard.restore("default", "links")
    await one.feed.poll()
    assert one.measures.guard.all() == []


async def test_indicators_that_are_bad_posted_and_taken_back(processes, clock):
    one, other = processes
    key = ("default", b"d" * 16)
    bad = BadIndicator(
        community="default",
        digest=key[1],
        kind=IndicatorKind.DOMAIN,
        name="bad.example",
        because=next(iter(BadBecause)),
        reference="R",
        made_ts=clock.now_ts(),
        until_ts=clock.now_ts() + 1_000_000,
    )
    await one.measures.indicators.store_bad(bad)
    await other.feed.poll()
    assert other.measures.indicators.find_bad(key, clock.now_ts()) == bad
    await other.measures.indicators.remove_bad(key)
    await one.feed.poll()
    assert one.measures.indicators.find_bad(key, clock.now_ts()) is None
    assert await one.stores.indicators.bad(ending_after_ts=0, limit=10) == []

    one.measures.indicators.post(key, ANN, clock.now_ts(), is_voucher=False)
    await one.measures.indicators.save()
    await other.feed.poll()
    assert other.measures.indicators.posted_days(key, clock.now_ts()) == 0
    other.measures.indicators.forget_posted(key)
    await other.measures.indicators.save()
    await one.feed.poll()
    assert one.measures.indicators.posted_days(key, clock.now_ts()) == -1


async def test_tokens_and_who_is_frozen(processes, clock):
    one, other = processes
    token = AccessToken(
        name="mod-a",
        token_hash=hashlib.sha256(b"secret").digest(),
        scopes=(Scope(role=Role.MODERATOR, community="default"),),
        created_ts=clock.now_ts(),
        created_by="operator",
        expires_ts=None,
    )
    assert await one.register.add(token)
    assert other.register.find_actor(b"secret", Face.API) is None
    await other.feed.poll()
    assert other.register.find_actor(b"secret", Face.API).name == "mod-a"
    await other.register.freeze(
        FrozenActor(actor="mod-a", frozen_ts=clock.now_ts(), frozen_by="operator", reason="lost")
    )
    await one.feed.poll()
    assert one.register.find_actor(b"secret", Face.API) is None
    await one.register.unfreeze("mod-a")
    await other.feed.poll()
    assert other.register.find_actor(b"secret", Face.API) is not None
    await other.register.revoke(token)
    await one.feed.poll()
    assert one.register.find_actor(b"secret", Face.API) is None


async def test_data_erased_by_another_process_are_forgotten_unless_new(processes, clock):
    one, other = processes
    trust, mutes = other.measures.trust, other.measures.mutes
    await one.stores.trust.add_learned([Learned("default", ANN, LearnedTrust.once(clock.now_ts()))])
    assert (await trust.find("default", ANN)).accepted_events == 1
    mute = Mute(
        community="default",
        user_id=ANN,
        rule="3 in 60 s",
        started_ts=clock.now_ts(),
        until_ts=clock.now_ts() + 60_000,
        times=1,
    )
    mutes.put_back([mute])
    await mutes.save()
    await one.stores.personal_data.erase(ANN, keep_given=False, may_rebuild=False)

    trust.forget_stored()
    await mutes.read_again()
    assert trust.peek("default", ANN) is MISS
    assert mutes.list_current() == []
    mutes.put_back([mute])  # began just now, and is not stored yet
    await mutes.read_again()
    assert mutes.list_current() == [mute]
