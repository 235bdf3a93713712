"""Change numbers of topics, increased in the transactions that change them."""

from collections.abc import Mapping
from typing import Any

from countersign.adapters.sql.database import Connection, Database
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.processes.changes import Topic


def count_change(driver: Connection, topic: Topic) -> int:
    """Increase a topic's change number inside the transaction of the change; return the number.

    Transactions that change the same topic wait here for each other, so they commit in the order
    of their numbers. Call it last, so that they wait only briefly, or first if rows store the
    number.
    """
    (number,) = driver.execute(get_query("count_change"), {"topic": topic.value}).fetchone()
    return int(number)


async def write_counted(
    database: Database, topic: Topic, query: str, values: Mapping[str, Any]
) -> int:
    """Run one statement that changes a topic; return the number of changed rows.

    Raises:
        StoreUnavailable: nothing is known to have changed.
    """

    def write(connection: Connection) -> int:
        changed_rows = connection.execute(query, values).rowcount
        count_change(connection, topic)
        return changed_rows

    return await database.write(write)
