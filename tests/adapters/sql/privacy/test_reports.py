"""Tests of reports as personal data: export to their author only, erasure and retention."""

import pytest

from countersign.adapters.sql.privacy.people import SqlPersonalData
from countersign.adapters.sql.privacy.retention import SqlRetention
from countersign.adapters.sql.privacy.rooms import SqlRoomData
from countersign.adapters.sql.stores.review.reports import SqlReportStore
from countersign.ports.stores.personal_data import CutOff, DataKind
from tests.contracts.stores.reports import PLENTY, make_report

DAY_MS = 86_400_000
REPORTED, REPORTER, THIRD = "@mallory:example.com", "@reporter1:example.net", "@third:example.net"


@pytest.fixture
async def database(open_database):
    """One report, whose text names whom it is about, and somebody else."""
    database = open_database()
    text = f"{REPORTED} insults {THIRD}"
    await SqlReportStore(database).add(make_report(text=text), PLENTY)
    return database


async def test_the_export_of_a_reported_person_names_no_reporter(database):
    people = SqlPersonalData(database)

    given = [await people.export(user_id) for user_id in (REPORTED, THIRD)]
    (own,) = (await people.export(REPORTER))["reports"]

    assert REPORTER not in str(given)
    assert own["text"] == f"{REPORTED} insults {THIRD}"


@pytest.mark.parametrize("user_id", [REPORTED, REPORTER])
async def test_a_report_goes_with_either_of_them(database, user_id):
    people = SqlPersonalData(database)

    erased = await people.erase(user_id, keep_given=True, may_rebuild=True)

    assert erased.rows == {"reports": 1}
    assert await SqlReportStore(database).find(make_report().key) is None


async def test_an_erased_person_is_removed_from_the_text_of_reports(database):
    await SqlPersonalData(database).erase(THIRD, keep_given=True, may_rebuild=True)

    event = await SqlReportStore(database).find(make_report().key)

    assert event.texts == (f"{REPORTED} insults (erased)",)


async def test_a_report_goes_with_its_room(database):
    erased = await SqlRoomData(database).erase(make_report().room_id, may_rebuild=True)

    assert erased.rows == {"reports": 1}


async def test_reports_are_kept_as_long_as_details_of_signed_events(database):
    retention, now_ts = SqlRetention(database), 400 * DAY_MS
    young = make_report(2, made_ts=now_ts - DAY_MS)
    await SqlReportStore(database).add(young, PLENTY)
    before_ts = now_ts - 30 * DAY_MS

    await retention.move_cut_off(DataKind.SIGNED, CutOff(before_ts, now_ts))
    while not (
        await retention.remove_slice(DataKind.SIGNED, before_ts, now_ts=now_ts, limit=50)
    ).is_done:
        pass

    found = await SqlReportStore(database).events(communities=None, since_ts=0, limit=9)
    assert [each.key for each in found] == [young.key]
