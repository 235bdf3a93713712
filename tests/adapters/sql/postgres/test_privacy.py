"""Tests of personal data in PostgreSQL: export, erasure and retention."""

import json
from dataclasses import replace

import pytest

from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.stores.archive_table import TableArchive
from countersign.policy.decisions import DetailsGone
from countersign.policy.measures.trust_records import LearnedTrust
from countersign.ports.stores.evidence import Evidence
from countersign.ports.stores.personal_data import CutOff, DataKind
from countersign.ports.stores.trust import Learned
from countersign.testing.records import DECIDED_TS, REFUSE, make_leak, make_recorded
from tests.contracts.stores.audit import ENTRY

DAY_MS = 86_400_000
NOW_TS = DECIDED_TS + 400 * DAY_MS
EVE = "@eve:elsewhere.example"
ALICE = "@alice:example.org"
LEARNED = LearnedTrust(
    first_ts=DECIDED_TS,
    accepted_events=1,
    active_days=1,
    last_active_day=DECIDED_TS // DAY_MS,
)


@pytest.fixture
async def stores(open_database):
    """Decisions, a text, a leak and trust of two people."""
    stores = stores_in(open_database())
    for number, sender in enumerate((EVE, ALICE), 1):
        recorded = make_recorded(number, REFUSE, sender=sender)
        await stores.decisions.record(recorded)
        await stores.evidence.add(
            [
                Evidence(
                    key=recorded.key,
                    sender=sender,
                    kept_ts=DECIDED_TS,
                    texts=(f"{EVE} said so",),
                    is_cut=False,
                )
            ],
            max_total_bytes=1_000_000,
        )
        await stores.trust.add_learned([Learned("default", sender, LEARNED)])
    return stores


async def test_an_export_holds_all_data_of_a_person(stores):
    found = await stores.personal_data.export(EVE)

    assert [row["sender"] for row in found["decisions"]] == [EVE]
    assert [row["user_id"] for row in found["acquaintances"]] == [EVE]
    assert len(found["evidence"]) == 2, "her own text, and the one that names her"


async def test_an_erased_person_is_in_no_row_any_more(stores, driver):
    erased = await stores.personal_data.erase(EVE, keep_given=False, may_rebuild=True)

    assert erased.rows["decisions"] == 1
    assert not erased.is_scrubbed, "only VACUUM FULL does that"
    standing = await stores.decisions.find(make_recorded(1).key)
    assert (standing.sender, standing.details_gone) == ("", DetailsGone.REQUEST)
    assert (await stores.decisions.find(make_recorded(2).key)).sender == ALICE
    for (table,) in await driver.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    ):
        rows = await driver.fetch(f"SELECT * FROM {table}")
        assert not [row for row in rows if EVE in str(dict(row))], table


@pytest.mark.parametrize("user_id", ["@ünal😀:elsewhere.example", '@qu"o\\te:elsewhere.example'])
async def test_an_unusual_name_is_struck_out_of_json_too(stores, driver, user_id):
    details = {"reason": f"knows {user_id}"}
    await stores.audit.append(replace(ENTRY, subject=ALICE, details=details))

    found = await stores.personal_data.export(user_id)
    await stores.personal_data.erase(user_id, keep_given=False, may_rebuild=True)

    assert [row["details"] for row in found["audit"]] == [details]
    assert [
        json.loads(row["details"]) for row in await driver.fetch("SELECT details FROM audit")
    ] == [{"reason": "knows (erased)"}]


async def test_an_erased_sender_who_returns_has_a_name_in_every_process(stores, open_database):
    other = stores_in(open_database())
    await other.decisions.record(make_recorded(3, sender=EVE))
    await stores.personal_data.erase(EVE, keep_given=False, may_rebuild=True)

    await other.decisions.record(make_recorded(4, sender=EVE))

    assert (await stores.decisions.find(make_recorded(4).key)).sender == EVE


async def test_details_go_when_their_time_is_over_and_the_verdict_stays(stores):
    await stores.retention.move_cut_off(DataKind.REFUSED, CutOff(DECIDED_TS + 2, NOW_TS))
    done = False
    while not done:
        removed = await stores.retention.remove_slice(
            DataKind.REFUSED, DECIDED_TS + 2, now_ts=NOW_TS, limit=10
        )
        done = removed.is_done

    gone, kept = [await stores.decisions.find(make_recorded(number).key) for number in (1, 2)]
    assert (gone.details_gone, gone.decision.verdict) == (
        DetailsGone.RETENTION, REFUSE.verdict,
    )  # fmt: skip
    assert kept == make_recorded(2, REFUSE, sender=ALICE)


@pytest.mark.parametrize("kind", list(DataKind))
async def test_every_kind_of_data_has_an_oldest_moment_and_goes(stores, kind):
    await stores.leaks.record(make_leak(1), ["a.example"], max_waiting=10)

    await stores.retention.move_cut_off(kind, CutOff(NOW_TS, NOW_TS))
    while not (await stores.retention.remove_slice(kind, NOW_TS, now_ts=NOW_TS, limit=10)).is_done:
        pass

    assert await stores.retention.oldest_ts(kind, NOW_TS) is None


async def test_a_community_is_given_out_and_erased(stores):
    assert "acquaintances" in await stores.communities.export("default", ["!room:example.org"])

    await stores.communities.erase("default", ["!room:example.org"])

    left = await stores.communities.export("default", ["!room:example.org"])
    assert set(left) == {"decisions"}
    assert {row["sender"] for row in left["decisions"]} == {""}


async def test_a_room_is_given_out_and_erased(stores):
    assert "decisions" in await stores.room_data.export("!room:example.org")

    erased = await stores.room_data.erase("!room:example.org", may_rebuild=False)

    assert erased.rows["decisions"] == 2


async def test_the_archive_is_deleted_a_few_rows_at_a_time(open_database, driver):
    """Transactions delete few rows each, since other writers wait for them."""
    await driver.execute(
        "INSERT INTO archived_events (decided_ts, community, room_id, sender, is_refused,"
        " received_ts, body) SELECT number % 2, 'c', '!r:x', '@u:x', 0, 1, '' "
        "FROM generate_series(1, 4000) AS number"
    )
    await driver.execute(
        "CREATE FUNCTION require_few() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF (SELECT count(*) FROM gone) > 500 THEN RAISE EXCEPTION 'too many at once'; END IF;"
        " RETURN NULL; END $$;"
        "CREATE TRIGGER few AFTER DELETE ON archived_events REFERENCING OLD TABLE AS gone"
        " FOR EACH STATEMENT EXECUTE FUNCTION require_few()"
    )
    try:
        archive = TableArchive(open_database())
        assert await archive.forget_event(sender="@u:x", room_id="!r:x", decided_ts=7) == 0
        assert await archive.forget_before(1) == 2_000
        assert await archive.purge(sender="@u:x") == 2_000
        assert await driver.fetchval("SELECT count(*) FROM archived_events") == 0
    finally:
        await driver.execute("DROP FUNCTION require_few CASCADE")
