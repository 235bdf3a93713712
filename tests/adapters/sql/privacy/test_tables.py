"""No table holds personal data that nobody thought of."""

import pytest

from countersign.adapters.sql.privacy.tables import EXPIRY, NO_PEOPLE, PEOPLE, Erasing
from countersign.ports.stores.personal_data import DataKind

HOW = (
    "Enter each new table in adapters/sql/privacy/tables.py: in PEOPLE with its personal columns, "
    "its retention and what erasing does to it, or in NO_PEOPLE; and in docs/privacy.md."
)


@pytest.fixture
def schema(other_process):
    tables = other_process.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()
    return {
        name: {row["name"] for row in other_process.execute(f"PRAGMA table_info({name})")}
        for (name,) in tables
    }


def test_every_table_is_declared(schema):
    declared = [table.name for table in PEOPLE] + list(NO_PEOPLE)

    assert len(declared) == len(set(declared))
    assert set(declared) == set(schema), HOW


def test_what_is_declared_is_there(schema):
    missing = {
        table.name: columns
        for table in PEOPLE
        if (columns := {*table.columns, *table.mentions} - schema[table.name])
    }

    assert missing == {}
    assert all(table.columns for table in PEOPLE)


def test_everything_has_a_retention_or_a_reason_to_stay():
    assert [table.name for table in PEOPLE if not (table.retention or table.kept_because)] == []
    assert [
        table.name
        for table in PEOPLE
        if table.erasing is not Erasing.DELETE and not table.kept_because
    ] == []


def test_what_has_a_retention_is_deleted_by_it():
    by_other_means = {  # decisions with their names; hand-overs go with their leaks
        ("decisions", DataKind.SIGNED),
        ("decisions", DataKind.REFUSED),
        ("names", DataKind.SIGNED),
        ("names", DataKind.REFUSED),
        ("hand_overs", DataKind.REPORTS),
    }
    declared = {(table.name, kind) for table in PEOPLE for kind in table.retention}
    deleted = {(expiry.table, kind) for kind, expiries in EXPIRY.items() for expiry in expiries}

    assert declared == deleted | by_other_means
