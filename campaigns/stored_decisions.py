"""Direct access to the decisions in a server's database file, for writing and inspection."""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random  # noqa: TID251 - any keys will do
from typing import Final

_ROOMS: Final = 200
_SENDERS: Final = 5_000


def fill_decisions(database: Path, count: int) -> None:
    """Put decisions on other events into the file of a server that does not run."""
    if not count:
        return
    chance = Random(count)
    names = [f"!room-{n}:x.invalid" for n in range(_ROOMS)]
    names += [f"@user-{n}:x.invalid" for n in range(_SENDERS)]
    names += ["x.invalid", "m.room.message", "a-revision"]
    with closing(sqlite3.connect(database)) as driver, driver:
        driver.executemany("INSERT OR IGNORE INTO names (name) VALUES (?)", [(n,) for n in names])
        numbers = dict(driver.execute("SELECT name, number FROM names"))
        rooms = [numbers[name] for name in names[:_ROOMS]]
        senders = [numbers[name] for name in names[_ROOMS : _ROOMS + _SENDERS]]
        server, event_type, revision = (numbers[name] for name in names[-3:])
        driver.executemany(
            "INSERT INTO decisions (key, room, sender, event_type, asked_by, decided_ts,"
            " policy_revision, verdict) VALUES (?, ?, ?, ?, ?, ?, ?, 'sign')",
            (
                (
                    chance.randbytes(32),
                    rooms[number % _ROOMS],
                    senders[number % _SENDERS],
                    event_type,
                    server,
                    1_750_000_000_000 + number,
                    revision,
                )
                for number in range(count)
            ),
        )


def read_verdicts(database: Path) -> dict[bytes, str]:
    """Return the verdict on each event's digest, as the file says."""
    with closing(sqlite3.connect(database)) as driver:
        return dict(driver.execute("SELECT key, verdict FROM decisions"))
