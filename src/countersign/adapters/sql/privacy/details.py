"""Taking the details of decisions away, so that key, verdict, revision, room and day remain."""

from collections.abc import Sequence

from countersign.adapters.sql.database import Connection, Database
from countersign.adapters.sql.queries import get_query
from countersign.policy.decisions import DetailsGone


def take_details(
    connection: Connection,
    database: Database,
    numbers: Sequence[int],
    because: DetailsGone,
) -> list[bytes]:
    """Take the details of these decisions away, and the names of senders who have no other left.

    Returns:
        The keys of the decisions that had details.
    """
    senders: set[int] = set()
    keys: list[bytes] = []
    for number in numbers:
        row = connection.execute(get_query("details_of"), {"number": number}).fetchone()
        if row is None:
            continue
        keys.append(row["key"])
        senders.add(row["sender"])
        values = {"number": number, "because": because.value}
        connection.execute(get_query("take_details"), values)
    for sender in senders:
        unused = connection.execute(get_query("find_unused_sender"), {"number": sender}).fetchone()
        if unused is not None:
            delete_name(connection, database, unused["name"])
    return keys


def delete_name(connection: Connection, database: Database, name: str) -> None:
    """Delete a name; whatever may still refer to it has none from then on."""
    values = {"name": name}
    if connection.execute(get_query("delete_name"), values).rowcount == 0:
        connection.execute(get_query("strike_out_name"), values)
    database.forget_name(name)
