"""The numbers of topics, counted in the transactions that change them."""

from collections.abc import Mapping
from typing import Any

from countersign.adapters.sql.database import Connection, Database
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.processes.changes import Topic


def count_change(driver: Connection, topic: Topic) -> int:
    """Count a change of a topic, inside the transaction that makes it; return its number.

    Transactions that change the same topic wait here for each other, so they commit in the order
    of their numbers. To be called last, so that they wait for a short time only, or first where the
    rows keep the number.
    """
    (number,) = driver.execute(get_query("count_change"), {"topic": topic.value}).fetchone()
    return int(number)


async def write_counted(
    database: Database, topic: Topic, query: str, values: Mapping[str, Any]
) -> int:
    """Do one statement that changes a topic; return how many rows it changed.

    Raises:
        StoreUnavailable: nothing is known to have changed.
    """

    def write(connection: Connection) -> int:
        changed_rows = connection.execute(query, values).rowcount
        count_change(connection, topic)
        return changed_rows

    return await database.write(write)
