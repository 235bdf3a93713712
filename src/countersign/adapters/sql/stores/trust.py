"""Store of trust records."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from countersign.adapters.sql.changes import count_change
from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.policy.measures.trust import STRANGER
from countersign.policy.measures.trust_records import GivenTrust, Trust, TrustRecord
from countersign.ports.stores.processes.changes import Topic
from countersign.ports.stores.trust import Learned, Seen


class SqlTrustStore(SqlStore):
    """Implements `ports.stores.trust.TrustStore`."""

    async def find(self, community: str, user_id: str) -> TrustRecord | None:
        """See `TrustStore.find`; one indexed read, which does not suspend on SQLite."""
        values = {"community": community, "user_id": user_id}
        row = await self._database.find(get_query("find_trust"), values)
        return None if row is None else _record_of(row)

    @property
    def most_at_once(self) -> int:
        """See `TrustStore.most_at_once`."""
        return self._database.rows_at_once

    async def add_learned(self, learned: Iterable[Learned]) -> None:
        all_learned = list(learned)

        def write(connection: Connection) -> None:
            changed = count_change(connection, Topic.TRUST)
            # All users together: on PostgreSQL each statement is a round trip.
            records = _find_all(connection, all_learned)
            for community, user_id, learned_of_user in all_learned:
                key = (community, user_id)
                records[key] = records.get(key, STRANGER).after(learned_of_user)
            rows = (_to_row(*key, each, changed) for key, each in records.items())
            connection.executemany(get_query("upsert_trust"), rows)

        await self._database.write(write)

    async def set_given(
        self, community: str, user_id: str, given: GivenTrust | None
    ) -> TrustRecord:
        def write(connection: Connection) -> TrustRecord:
            changed = count_change(connection, Topic.TRUST)
            values = {"community": community, "user_id": user_id}
            row = connection.execute(get_query("find_trust"), values).fetchone()
            record = (STRANGER if row is None else _record_of(row)).with_given(given)
            row_now = _to_row(community, user_id, record, changed)
            connection.execute(get_query("upsert_trust"), row_now)
            return record

        return await self._database.write(write)

    async def changed(self, changed_after: int, *, limit: int) -> list[Seen]:
        values = {"changed_after": changed_after, "limit": limit}
        rows = await self._database.read_rows(get_query("changed_trust"), values)
        return [Seen(row["community"], row["user_id"], _record_of(row)) for row in rows]

    async def people_by_time(
        self, community: str, *, since_ts: int, window_ms: int
    ) -> dict[int, int]:
        values = {"community": community, "since_ts": since_ts, "window_ms": window_ms}
        rows = await self._database.read_rows(get_query("people_by_time"), values)
        return {row["time"]: row["people"] for row in rows}

    async def list_given(self, community: str | None = None) -> list[Seen]:
        query, values = get_query("given_trust"), {"community": community}
        rows = await self._database.read_rows(query, values)
        return [Seen(row["community"], row["user_id"], _record_of(row)) for row in rows]


def _find_all(
    connection: Connection, learned: Iterable[Learned]
) -> dict[tuple[str, str], TrustRecord]:
    """Return the stored records of users, by community and user ID."""
    users: defaultdict[str, list[str]] = defaultdict(list)
    for each in learned:
        users[each.community].append(each.user_id)
    query = get_query("trust_of_users")
    return {
        (community, row["user_id"]): _record_of(row)
        for community, user_ids in users.items()
        for row in connection.execute(
            query, {"community": community, "users": msgspec.json.encode(user_ids).decode()}
        )
    }


def _to_row(community: str, user_id: str, record: TrustRecord, changed: int) -> dict[str, object]:
    """Return the values of a row; named one by one, since `asdict` copies each value deeply."""
    return {
        "community": community,
        "user_id": user_id,
        "first_seen_ts": record.first_seen_ts,
        "accepted_events": record.accepted_events,
        "active_days": record.active_days,
        "last_active_day": record.last_active_day,
        "given": record.given,
        "given_until_ts": record.given_until_ts,
        "given_reason": record.given_reason,
        "changed": changed,
    }


def _record_of(row: Row) -> TrustRecord:
    return TrustRecord(
        first_seen_ts=row["first_seen_ts"],
        accepted_events=row["accepted_events"],
        active_days=row["active_days"],
        last_active_day=row["last_active_day"],
        given=None if row["given"] is None else Trust(row["given"]),
        given_until_ts=row["given_until_ts"],
        given_reason=row["given_reason"],
    )
