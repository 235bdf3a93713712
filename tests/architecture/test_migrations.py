"""Migrations are numbered without gaps or duplicates: the second of a number would never be run."""

from countersign.adapters.sql import postgres
from countersign.adapters.sql.migrations import migrations


def test_every_migration_has_a_number_of_its_own_and_none_is_missing():
    versions = [migration.version for migration in migrations()]

    assert versions == list(range(1, len(versions) + 1))


def test_every_migration_since_the_baseline_is_written_for_postgresql_too():
    baseline, *later = [migration.version for migration in migrations(postgres.__name__)]

    assert later == list(range(baseline + 1, migrations()[-1].version + 1))
