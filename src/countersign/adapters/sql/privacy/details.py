"""Taking the details of decisions away, so that key, verdict, revision, room and day remain."""

import sqlite3
from collections.abc import Sequence

from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.interned_names import NameNumbers
from countersign.policy.decisions import DetailsGone


def take_details(
    driver: sqlite3.Connection,
    names: NameNumbers,
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
        row = driver.execute(get_query("details_of"), {"number": number}).fetchone()
        if row is None:
            continue
        keys.append(row["key"])
        senders.add(row["sender"])
        values = {"number": number, "because": because.value}
        driver.execute(get_query("take_details"), values)
    for sender in senders:
        unused = driver.execute(get_query("find_unused_sender"), {"number": sender}).fetchone()
        if unused is not None:
            delete_name(driver, names, unused["name"])
    return keys


def delete_name(driver: sqlite3.Connection, names: NameNumbers, name: str) -> None:
    """Delete a name; whatever may still refer to it has none from then on."""
    values = {"name": name}
    if driver.execute(get_query("delete_name"), values).rowcount == 0:
        driver.execute(get_query("strike_out_name"), values)
    names.forget(name)
