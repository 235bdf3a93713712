"""An empty PostgreSQL database for each test, opened once for each simulated process."""

import asyncpg
import pytest

from countersign.adapters.sql.postgres.addresses import parse_postgres_url
from countersign.adapters.sql.postgres.database import PostgresDatabase
from tests.databases import make_postgres_database


@pytest.fixture
async def url():
    """An empty database with the present schema."""
    return await make_postgres_database()


@pytest.fixture
async def open_database(url, tmp_path):
    """Return a function that opens the database, once for each simulated process."""
    opened = []

    def open_one(where=url):
        opened.append(PostgresDatabase(parse_postgres_url(where, tmp_path)))
        return opened[-1]

    yield open_one
    for database in opened:
        await database.close()


@pytest.fixture
async def driver(url):
    """A plain connection, as of another program."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()
