"""The numbers of topics, counted in the transactions that change them."""

from countersign.adapters.sql.database import Connection
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
