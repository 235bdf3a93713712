"""Migrations are numbered without gaps or duplicates, and never change once they were committed.

The second of a number would never be run. A change of one reaches no database that has it already.
"""

import hashlib
from pathlib import Path

from countersign.adapters.sql import postgres
from countersign.adapters.sql.migrations import migrations

DIGESTS = Path(__file__).with_name("migrations.sha256")
SQL = Path(postgres.__file__).parents[1]


def test_every_migration_has_a_number_of_its_own_and_none_is_missing():
    versions = [migration.version for migration in migrations()]

    assert versions == list(range(1, len(versions) + 1))


def test_every_migration_since_the_baseline_is_written_for_postgresql_too():
    baseline, *later = [migration.version for migration in migrations(postgres.__name__)]

    assert later == list(range(baseline + 1, migrations()[-1].version + 1))


def test_migrations_are_as_they_were_committed():
    """If this fails, undo the change, and write another migration.

    A new one is added to the list by: sha256sum FILE, in src/countersign/adapters/sql.
    """
    committed = dict(reversed(line.split("  ")) for line in DIGESTS.read_text().splitlines())
    found = {
        file.relative_to(SQL).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in SQL.rglob("migrations/*.sql")
    }

    assert found == committed
