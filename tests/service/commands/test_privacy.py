"""An export lists what it does not contain."""

import pytest

from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.bootstrap.privacy.erasure import build_erasure
from countersign.ports.actors import Actor, ActorKind, Face
from countersign.ports.stores.personal_data import MAX_EXPORTED
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.command_group import CommandNeeds
from countersign.service.commands.actors.permissions import Permissions
from countersign.service.commands.operation.privacy import PrivacyCommands
from countersign.testing.clocks import ManualClock
from tests.databases import make_database

EVE = "@eve:example.org"
OPERATOR = Actor.unlimited("operator", ActorKind.OPERATOR, Face.API)


@pytest.fixture
async def database(tmp_path):
    make_database(tmp_path / "countersign.db")
    database = SqliteDatabase(tmp_path / "countersign.db")
    yield database
    await database.close()


def privacy_over(database):
    stores = stores_in(database)
    clock = ManualClock()
    permissions = Permissions(policies=None, require_active=lambda _: None)
    needs = CommandNeeds(permissions, AuditLog(stores.audit, clock), clock)
    return PrivacyCommands(needs, build_erasure(stores))


async def test_tables_that_are_given_out_whole_are_not_called_cut(database):
    exported = await privacy_over(database).export(OPERATOR, user_id=EVE)

    assert len(exported["tables"]["audit"]) == 1, "of the export itself"
    assert exported["cut_tables"] == []


async def test_a_table_that_is_too_long_to_be_given_out_whole_is_named(database):
    row = (1, "bob", "moderator", "cli", "trust set", "default", EVE, "{}", "done")
    rows = [row] * (MAX_EXPORTED + 1)

    def write(driver):
        driver.executemany(
            "INSERT INTO audit"
            " (ts, actor, kind, face, command, community, subject, details, result)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    await database.write(write)

    exported = await privacy_over(database).export(OPERATOR, user_id=EVE)

    assert len(exported["tables"]["audit"]) == MAX_EXPORTED
    assert exported["cut_tables"] == ["audit"]
