"""Tests of the erasure of people from texts that others wrote."""

from dataclasses import replace

import pytest

from countersign.adapters.sql.privacy.people import SqlPersonalData
from countersign.adapters.sql.stores.review.audit import SqlAuditStore
from tests.contracts.stores.audit import ENTRY


@pytest.mark.parametrize(
    "user_id", ["@eve:example.com", "@ünal:example.com", '@e"v\\e:example.com']
)
async def test_a_person_is_struck_out_of_details_and_results_of_commands(open_database, user_id):
    database = open_database()
    audit, people = SqlAuditStore(database), SqlPersonalData(database)
    # An administrator's mistake in a policy is quoted by the command's result.
    failed = replace(ENTRY, details={"note": f"for {user_id}"}, result=f"failed: {user_id}: found…")
    await audit.append(failed)

    exported = await people.export(user_id)
    erased = await people.erase(user_id, keep_given=False, may_rebuild=True)

    (entry,) = await audit.latest()
    assert (entry.details, entry.result) == ({"note": "for (erased)"}, "failed: (erased): found…")
    assert [row["result"] for row in exported["audit"]] == [failed.result]
    assert erased.rows == {"audit": 2}
