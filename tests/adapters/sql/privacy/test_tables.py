"""Every table and column is classified as personal data or not."""

import pytest

from countersign.adapters.sql.privacy.room_tables import OF_NO_ROOM, OF_ROOMS
from countersign.adapters.sql.privacy.tables import EXPIRY, NO_PEOPLE, PEOPLE, Erasing
from countersign.ports.stores.personal_data import DataKind

HOW = (
    "Enter each new table in adapters/sql/privacy/tables.py: in PEOPLE with its personal columns, "
    "its retention and what erasing does to it, or in NO_PEOPLE; and in docs/privacy.md."
)
HOW_ROOMS = (
    "Enter each new table in adapters/sql/privacy/room_tables.py: in OF_ROOMS with the condition "
    "for a room's rows, or in OF_NO_ROOM."
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


def test_every_declared_table_and_column_exists(schema):
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


def test_every_retention_deletes_its_rows():
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


def test_every_table_says_what_becomes_of_a_room(schema):
    declared = [table.name for table in OF_ROOMS] + list(OF_NO_ROOM)

    assert len(declared) == len(set(declared))
    assert set(declared) == set(schema), HOW_ROOMS


def test_every_column_kept_of_an_erased_room_has_a_reason():
    unexplained = [
        table.name
        for table in OF_ROOMS
        if (table.erasing is not Erasing.DELETE or table.deleted) and not table.kept_because
    ]

    assert unexplained == []


def test_the_conditions_for_rooms_are_sound(other_process):
    values = {"room_id": "!a:b", "room_bytes": b"!a:b"}
    for table in OF_ROOMS:
        for condition in filter(None, (table.about, table.deleted)):
            query = f"SELECT count(*) FROM {table.name} WHERE {condition}"
            assert other_process.execute(query, values).fetchone()[0] == 0, table.name
