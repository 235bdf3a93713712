"""Tests of retention: expired details leave the database file, verdicts stay."""

import sqlite3
from dataclasses import replace

import pytest

from countersign.adapters.sql.privacy.evidence import SqlEvidenceStore
from countersign.adapters.sql.privacy.retention import SqlRetention
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.stores.leaks import SqlLeakStore
from countersign.adapters.sql.stores.moderation import SqlModerationStore
from countersign.adapters.sql.stores.outcomes import SqlOutcomeStore
from countersign.adapters.sql.stores.trust import SqlTrustStore
from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Decision, DetailsGone, Verdict
from countersign.policy.measures.allowances import Allowance
from countersign.policy.measures.trust_records import GivenTrust, LearnedTrust, Trust
from countersign.ports.stores.decisions import DecisionQuery
from countersign.ports.stores.evidence import Evidence
from countersign.ports.stores.outcomes import Outcome, OutcomeKind
from countersign.ports.stores.personal_data import CutOff, DataKind
from countersign.ports.stores.trust import Learned
from countersign.protocol import unpadded_base64
from countersign.testing.records import DECIDED_TS, REFUSE, SIGN, make_leak, make_recorded

NOW_TS = DECIDED_TS + 400 * DAY_MS
EVE = "@eve.the.eavesdropper:elsewhere.example"


class Stores:
    """The stores of one process on one database."""

    def __init__(self, database):
        self.database = database
        self.decisions = SqlDecisionStore(database)
        self.retention = SqlRetention(database)

    async def remove_all(self, kind, before_ts, now_ts=NOW_TS, limit=50):
        await self.retention.move_cut_off(kind, CutOff(before_ts, now_ts))
        slices = []
        while not slices or not slices[-1].is_done:
            slices.append(
                await self.retention.remove_slice(kind, before_ts, now_ts=now_ts, limit=limit)
            )
        return slices


@pytest.fixture
def stores(open_database):
    return Stores(open_database())


def first_part_of(recorded):
    """Return a decision without its details, as it is kept for ever."""
    verdict, revision = recorded.decision.verdict, recorded.decision.policy_revision
    return replace(
        recorded,
        event_id=f"${unpadded_base64.encode_url_safe(recorded.key)}",
        event_type="",
        sender="",
        asked_by="",
        decided_ts=recorded.decided_ts - recorded.decided_ts % DAY_MS,
        decision=Decision(verdict=verdict, policy_revision=revision),
        details_gone=DetailsGone.RETENTION,
    )


def bytes_beside(path):
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def checkpoint(other_process):
    other_process.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def test_after_its_time_a_decision_keeps_its_first_part_alone(stores, other_process, path):
    long_id = f"${'x' * 100}:elsewhere.example"
    old = make_recorded(1, REFUSE, sender=EVE, event_id=long_id)
    signed = make_recorded(2, SIGN, sender=EVE)
    young = replace(make_recorded(3, REFUSE, sender="@bob:b.example"), decided_ts=NOW_TS - DAY_MS)
    for decision in (old, signed, young):
        await stores.decisions.record(decision)
    assert EVE.encode() in bytes_beside(path)

    await stores.remove_all(DataKind.REFUSED, NOW_TS - 180 * DAY_MS)
    refused_kept = [each.details_gone for each in await stores.decisions.latest()]
    await stores.remove_all(DataKind.SIGNED, NOW_TS - 30 * DAY_MS)
    checkpoint(other_process)

    (found,) = await stores.decisions.find_by_reference(old.reference)
    assert refused_kept == [None, None, DetailsGone.RETENTION]
    assert found == first_part_of(old)
    assert found.reference == old.reference
    assert (found.decision.verdict, found.decision.policy_revision, found.room_id) == (
        Verdict.REFUSE,
        old.decision.policy_revision,
        old.room_id,
    )
    assert await stores.decisions.find_by_reference(young.reference) == [young]
    kept = bytes_beside(path)
    assert EVE.encode() not in kept
    assert long_id.encode() not in kept
    assert REFUSE.findings[0].says.encode() not in kept or young.decision.says


async def test_the_first_decision_stands_when_its_details_are_gone(stores, open_database):
    old = make_recorded(1, REFUSE)
    await stores.decisions.record(old)
    await stores.remove_all(DataKind.REFUSED, NOW_TS)

    stands = await Stores(open_database()).decisions.record(replace(old, decision=SIGN))

    assert stands == first_part_of(old)


@pytest.mark.parametrize(
    "change",
    [
        "verdict = 'sign'",
        "policy_revision = room",
        "room = policy_revision",
        "key = x'00'",
        "details_gone = NULL",
        "decided_ts = decided_ts + 1",
        "sender = room",
        'decision = \'{"verdict": "refuse"}\'',
        "event_id = 'x'",
    ],
)
async def test_nothing_else_of_a_decision_without_details_changes(stores, other_process, change):
    await stores.decisions.record(make_recorded(1, REFUSE))
    await stores.remove_all(DataKind.REFUSED, NOW_TS)

    with pytest.raises(sqlite3.IntegrityError, match="never updated"):
        other_process.execute(f"UPDATE decisions SET {change}")


@pytest.mark.parametrize(
    "change",
    [
        "details_gone = 'retention'",
        "details_gone = 'retention', decision = NULL, verdict = 'sign'",
        "decision = NULL",
        'decision = \'{"verdict": "sign"}\'',
        "sender = 1",
        "decided_ts = 0",
    ],
)
async def test_a_decision_never_loses_a_part_of_its_details(stores, other_process, change):
    await stores.decisions.record(make_recorded(1, REFUSE))
    await stores.decisions.record(make_recorded(2, SIGN))

    with pytest.raises(sqlite3.IntegrityError, match="never updated"):
        other_process.execute(f"UPDATE decisions SET {change}")


async def test_slices_are_small_and_everything_is_done_in_the_end(stores):
    for number in range(23):
        await stores.decisions.record(make_recorded(number, SIGN if number % 2 else REFUSE))

    slices = await stores.remove_all(DataKind.SIGNED, NOW_TS, limit=5)

    assert [len(each.keys) for each in slices] == [5, 5, 1, 0]
    gone = {
        each.details_gone
        for each in await stores.decisions.latest(DecisionQuery(verdict=Verdict.SIGN))
    }
    assert gone == {DetailsGone.RETENTION}


async def test_a_sender_with_young_decisions_keeps_their_name(stores):
    young = replace(make_recorded(2, SIGN, sender=EVE), decided_ts=NOW_TS)
    await stores.decisions.record(make_recorded(1, SIGN, sender=EVE))
    await stores.decisions.record(young)

    await stores.remove_all(DataKind.SIGNED, NOW_TS - 1)

    assert await stores.decisions.find_by_reference(young.reference) == [young]


async def test_a_sender_who_comes_back_is_a_new_name(stores, open_database):
    """Numbers of names are remembered; one that is gone must never stand for somebody else."""
    back = replace(make_recorded(2, SIGN, sender=EVE), decided_ts=NOW_TS)
    other = replace(make_recorded(3, SIGN, sender="@bob:b.example"), decided_ts=NOW_TS)
    late = replace(make_recorded(4, SIGN, sender=EVE), decided_ts=NOW_TS)
    elsewhere = Stores(open_database())
    await stores.decisions.record(make_recorded(1, SIGN, sender=EVE))
    await elsewhere.decisions.record(make_recorded(5, SIGN, sender=EVE))

    await stores.remove_all(DataKind.SIGNED, NOW_TS - 1)
    for decision in (back, other):
        await stores.decisions.record(decision)
    await elsewhere.decisions.record(late)

    assert await stores.decisions.find_by_reference(back.reference) == [back]
    assert await stores.decisions.find_by_reference(other.reference) == [other]
    (found,) = await stores.decisions.find_by_reference(late.reference)
    assert found.sender in ("", EVE)


async def test_rows_from_the_future_are_as_old_as_what_came_after_them(stores):
    ahead = NOW_TS + 3_000 * DAY_MS
    times = [ahead, DECIDED_TS, ahead, ahead, DECIDED_TS, ahead, NOW_TS - DAY_MS]
    for number, decided_ts in enumerate(times):
        await stores.decisions.record(replace(make_recorded(number), decided_ts=decided_ts))

    await stores.remove_all(DataKind.SIGNED, NOW_TS - 30 * DAY_MS, limit=2)

    found = [
        await stores.decisions.find_by_reference(make_recorded(number).reference)
        for number in range(len(times))
    ]
    assert [each.details_gone is not None for (each,) in found] == [True] * 5 + [False] * 2


async def test_other_tables_have_their_times(stores, other_process, path):
    old, young = DECIDED_TS, NOW_TS - DAY_MS
    database = stores.database
    trust = SqlTrustStore(database)
    people = (EVE, "@young:b.example", "@banned:b.example", "@once.banned:b.example")
    await trust.add_learned(
        Learned("default", user_id, LearnedTrust.once(old)) for user_id in people
    )
    await trust.add_learned([Learned("default", "@young:b.example", LearnedTrust.once(young))])
    for user_id, until_ts in (("@banned:b.example", None), ("@once.banned:b.example", old)):
        given = GivenTrust(level=Trust.BANNED, until_ts=until_ts, reason="spam")
        await trust.set_given("default", user_id, given)
    moderation = SqlModerationStore(database)
    for ts in (old, young):
        await SqlLeakStore(database).record(
            replace(make_leak(ts % 97, noticed_ts=ts), sender=EVE if ts == old else "@y:b.example"),
            ["@bot:b.example"],
            max_waiting=9,
        )
        await moderation.save_allowance(
            Allowance(
                community="default",
                sender=EVE if ts == old else "@y:b.example",
                fingerprint=str(ts),
                reference="AAAAA-AAAAA",
                steps=("keyword",),
                allowed_ts=ts,
                until_ts=ts,
            ),
            Outcome(
                key=b"k",
                reference="AAAAA-AAAAA",
                kind=OutcomeKind.ALLOWED,
                actor="@mod:b.example",
                happened_ts=ts,
            ),
        )
        await SqlEvidenceStore(database).add(
            [
                Evidence(
                    key=str(ts).encode(),
                    sender=EVE if ts == old else "@y:b.example",
                    kept_ts=ts,
                    texts=(f"text of {ts}",),
                )
            ],
            max_total_bytes=10**6,
        )

    for kind in DataKind:
        assert await stores.retention.oldest_ts(kind, NOW_TS) in (old, None)
        await stores.remove_all(kind, NOW_TS - 30 * DAY_MS)
    checkpoint(other_process)

    rows = {
        table: other_process.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("acquaintances", "allowances", "leaks", "hand_overs", "outcomes", "evidence")
    }
    assert rows == {
        "acquaintances": 2,
        "allowances": 1,
        "leaks": 1,
        "hand_overs": 1,
        "outcomes": 1,
        "evidence": 1,
    }
    assert (await trust.find("default", "@banned:b.example")).given is Trust.BANNED
    assert EVE.encode() not in bytes_beside(path)
    assert f"text of {old}".encode() not in bytes_beside(path)
    assert len(await SqlOutcomeStore(database).list_since(0)) == 1


async def test_texts_are_bounded_together(stores, other_process):
    store = SqlEvidenceStore(stores.database)
    kept = [
        Evidence(key=bytes([number]), sender=EVE, kept_ts=number, texts=("x" * 100,))
        for number in range(10)
    ]

    await store.add(kept, max_total_bytes=350)

    numbers = [row[0][0] for row in other_process.execute("SELECT key FROM evidence")]
    assert numbers == [7, 8, 9]
    assert await store.find(bytes([9])) == kept[9]
    assert await store.forget(bytes([9]))
    assert not await store.forget(bytes([9]))
    assert await store.find(bytes([9])) is None
