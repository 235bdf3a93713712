"""Rows that are read a few at a time, over connections that are used again."""

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
