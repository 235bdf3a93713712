"""Store of trust records."""

from collections.abc import Callable, Iterable
from functools import partial

from countersign.adapters.sql.changes import count_change
from countersign.adapters.sql.database import Connection, Database, Row
from countersign.adapters.sql.queries import get_query
from countersign.policy.measures.trust import STRANGER
from countersign.policy.measures.trust_records import GivenTrust, LearnedTrust, Trust, TrustRecord
from countersign.ports.stores.processes.changes import Topic
from countersign.ports.stores.trust import Learned, Seen


class SqlTrustStore:
    """Implements `ports.stores.trust.TrustStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, community: str, user_id: str) -> TrustRecord | None:
        """See `TrustStore.find`; one indexed read, which does not suspend on SQLite."""
        values = {"community": community, "user_id": user_id}
        row = await self._database.find(get_query("find_trust"), values)
        return None if row is None else _known(row)

    async def add_learned(self, learned: Iterable[Learned]) -> None:
        """See `TrustStore.add_learned`."""
        all_learned = list(learned)

        def write(connection: Connection) -> None:
            changed = count_change(connection, Topic.TRUST)
            for each in all_learned:
                add = partial(_add, each.learned)
                _change(connection, each.community, each.user_id, add, changed)

        await self._database.write(write)

    async def set_given(
        self, community: str, user_id: str, given: GivenTrust | None
    ) -> TrustRecord:
        """See `TrustStore.set_given`."""

        def write(connection: Connection) -> TrustRecord:
            changed = count_change(connection, Topic.TRUST)
            return _change(
                connection, community, user_id, lambda known: known.with_given(given), changed
            )

        return await self._database.write(write)

    async def changed(self, changed_after: int, *, limit: int) -> list[Seen]:
        """See `TrustStore.changed`."""
        values = {"changed_after": changed_after, "limit": limit}
        rows = await self._database.read_rows(get_query("changed_trust"), values)
        return [Seen(row["community"], row["user_id"], _known(row)) for row in rows]

    async def list_given(self, community: str | None = None) -> list[Seen]:
        """See `TrustStore.list_given`."""
        query, values = get_query("given_trust"), {"community": community}
        rows = await self._database.read_rows(query, values)
        return [Seen(row["community"], row["user_id"], _known(row)) for row in rows]


def _change(
    connection: Connection,
    community: str,
    user_id: str,
    change: Callable[[TrustRecord], TrustRecord],
    changed: int,
) -> TrustRecord:
    """Change a user's record inside a transaction."""
    values: dict[str, object] = {"community": community, "user_id": user_id}
    row = connection.execute(get_query("find_trust"), values).fetchone()
    known = change(STRANGER if row is None else _known(row))
    # Named one by one: `asdict` copies each value deeply.
    values |= {
        "first_seen_ts": known.first_seen_ts,
        "accepted_events": known.accepted_events,
        "active_days": known.active_days,
        "last_active_day": known.last_active_day,
        "given": known.given,
        "given_until_ts": known.given_until_ts,
        "given_reason": known.given_reason,
        "changed": changed,
    }
    connection.execute(get_query("upsert_trust"), values)
    return known


def _add(learned: LearnedTrust, known: TrustRecord) -> TrustRecord:
    return known.after(learned)


def _known(row: Row) -> TrustRecord:
    return TrustRecord(
        first_seen_ts=row["first_seen_ts"],
        accepted_events=row["accepted_events"],
        active_days=row["active_days"],
        last_active_day=row["last_active_day"],
        given=None if row["given"] is None else Trust(row["given"]),
        given_until_ts=row["given_until_ts"],
        given_reason=row["given_reason"],
    )
