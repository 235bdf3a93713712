"""Tests of rows that are read in portions, over connections that are reused."""

import asyncpg
import pytest

from countersign.ports.errors import StoreUnavailable

ONE = "SELECT 1 AS a"
TWO = "SELECT 'x' AS a, 'y' AS b"
ROUNDS = 4


async def test_statements_with_other_columns_follow_each_other(open_database):
    database = open_database()

    for _ in range(ROUNDS):  # so that each connection has both
        for query, rows in ((ONE, [(1,)]), (TWO, [("x", "y")])):
            read = await database.read(
                lambda connection, query=query: [*map(tuple, connection.stream(query, {}))]
            )
            assert read == rows


async def test_streams_of_one_statement_are_read_side_by_side(open_database):
    def read(connection):
        both = zip(connection.stream(ONE, {}), connection.stream(ONE, {}), strict=True)
        return [(tuple(one), tuple(other)) for one, other in both]

    assert await open_database().read(read) == [((1,), (1,))]


@pytest.mark.parametrize("error", [asyncpg.ProtocolError, asyncpg.OutdatedSchemaCacheError])
async def test_a_driver_that_fell_out_of_step_gets_another_connection(open_database, error):
    database = open_database()
    drivers = []

    def fall_out_of_step(connection):
        drivers.append(connection._driver)
        raise error("out of step")

    with pytest.raises(StoreUnavailable):
        await database.read(fall_out_of_step)

    assert all(driver.is_closed() for driver in drivers)
    assert drivers
