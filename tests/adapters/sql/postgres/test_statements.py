"""Every common statement is accepted by PostgreSQL."""

import json

import asyncpg
import pytest

from countersign.adapters.sql import queries
from countersign.adapters.sql.postgres import statements
from countersign.adapters.sql.postgres.statements import (
    escaped,
    translated_statement,
    unescaped,
)
from countersign.adapters.sql.privacy.people import _export_query
from countersign.adapters.sql.privacy.room_tables import OF_ROOMS, export_query
from countersign.adapters.sql.privacy.tables import EXPIRY, PEOPLE

SQLITE_ALONE = {
    "add_judgement_to_archive", "columns_of_archive", "index_archive_by_room",
    "index_archive_by_sender", "index_archive_by_ts", "insert_found_names", "insert_found_scores",
    "make_archive",
}  # fmt: skip
"""Statements on the archive's own file, and such as fill in what triggers do here."""


def all_statements():
    yield from (text for name, text in queries._queries().items() if name not in SQLITE_ALONE)
    for table in PEOPLE:
        yield _export_query(table)
        if table.about:
            yield f"SELECT count(*) FROM {table.name} WHERE {table.about}"
        for column in table.mentions:
            yield f"SELECT {column} AS old_text FROM {table.name} WHERE instr({column}, :u) > 0"
    for table in OF_ROOMS:
        yield export_query(table)
        yield f"DELETE FROM {table.name} WHERE {table.deleted or table.about}"
    for expiry in (each for kind in EXPIRY.values() for each in kind):
        yield from (expiry.oldest, expiry.find, *expiry.delete)


async def test_postgresql_understands_every_statement(driver):
    misunderstood = {}
    for text in all_statements():
        try:
            await driver.prepare(translated_statement(text).text)
        except asyncpg.PostgresError as error:
            misunderstood[text] = str(error)

    assert misunderstood == {}


def test_each_statement_in_other_words_is_one_of_the_common_ones():
    assert statements._variants()


@pytest.mark.parametrize(
    ("common", "text", "names"),
    [
        ("SELECT ':no', a::text -- :no ?\nFROM t", "SELECT ':no', a::text -- :no ?\nFROM t", ()),
        ("VALUES (?, ?)", "VALUES ($1, $2)", ()),
        ("a = :a AND b = :b OR :a IS NULL", "a = $1 AND b = $2 OR $1 IS NULL", ("a", "b")),
        (
            "a IN (SELECT value FROM json_each(:list))",
            "a IN (SELECT json_array_elements_text(CAST($1 AS json)))",
            ("list",),
        ),
    ],
)
def test_values_become_numbered(common, text, names):
    statement = translated_statement(common)

    assert (statement.text, statement.names) == (text, names)


@pytest.mark.parametrize(
    ("text", "returns_rows"),
    [
        ("SELECT 1", True),
        ("-- why\nSELECT 1", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("INSERT INTO a VALUES (1)\nRETURNING b", True),
        ("INSERT INTO a SELECT 1", False),
        ("UPDATE a SET b = (SELECT 1)", False),
        ("DELETE FROM a", False),
    ],
)
def test_statements_that_return_rows_are_told_from_others(text, returns_rows):
    assert translated_statement(text).returns_rows is returns_rows


@pytest.mark.parametrize("text", ["", "plain", "a\0b", "\0\0", "\ufdd0", "\ufdd00", "\ufdd01\0"])
def test_a_text_with_the_character_that_postgresql_cannot_hold_comes_back(text):
    assert "\0" not in escaped(text)
    assert unescaped(escaped(text)) == text


def test_texts_in_lists_are_written_as_postgresql_stores_them():
    statement = translated_statement("SELECT 1 WHERE :a IN (SELECT value FROM json_each(:users))")
    users = ["@\0:example.org", "@\ufdd0:example.org", "@\\u0000:example.org", 7]

    for is_ascii in (True, False):
        _, given = statement.values({"a": "", "users": json.dumps(users, ensure_ascii=is_ascii)})
        assert json.loads(given) == [
            each if isinstance(each, int) else escaped(each) for each in users
        ]
    assert statement.values({"a": "", "users": None}) == ["", None]
