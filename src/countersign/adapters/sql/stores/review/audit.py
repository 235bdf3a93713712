"""Store of the audit log."""

import json
from collections.abc import Collection
from typing import Final

from countersign.adapters.sql.database import Connection, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import values_of
from countersign.ports.stores.audit import AuditEntry
from countersign.protocol.canonical_json import JsonObject

_MAX_LATEST: Final = 1_000


class SqlAuditStore(SqlStore):
    """Implements `ports.stores.audit.AuditStore`."""

    async def append(self, entry: AuditEntry) -> int:
        values = values_of(entry, details=json.dumps(entry.details))

        def insert(connection: Connection) -> int:
            (number,) = connection.execute(get_query("append_audit"), values).fetchone()
            return int(number)

        return await self._database.write(insert)

    async def conclude(self, entry_id: int, result: str, details: JsonObject) -> None:
        values = {"entry_id": entry_id, "result": result, "details": json.dumps(details)}
        await self._database.write_rows(get_query("conclude_audit"), values)

    async def begin_undo(self, entry_id: int, began_ts: int, given_up_ts: int) -> bool:
        values = {"entry_id": entry_id, "began_ts": began_ts, "given_up_ts": given_up_ts}
        return await self._database.write_rows(get_query("begin_undo"), values) == 1

    async def end_undo(self, entry_id: int, began_ts: int, undone_ts: int | None) -> None:
        values = {"entry_id": entry_id, "began_ts": began_ts, "undone_ts": undone_ts}
        await self._database.write_rows(get_query("end_undo"), values)

    async def latest(
        self,
        *,
        communities: Collection[str] | None = None,
        community: str | None = None,
        actor: str | None = None,
        except_commands: Collection[str] = (),
        since_ts: int = 0,
        before_id: int | None = None,
        limit: int = 50,
    ) -> list[AuditEntry]:
        values = {
            "communities": None if communities is None else json.dumps(sorted(communities)),
            "community": community,
            "actor": actor,
            "except_commands": json.dumps(sorted(except_commands)),
            "since_ts": since_ts,
            "before_id": before_id,
            "limit": max(0, min(limit, _MAX_LATEST)),
        }
        return [
            AuditEntry(
                entry_id=row["id"],
                **{
                    name: row[name]
                    for name in (
                        "ts", "actor", "kind", "face", "command", "community", "subject", "result",
                        "undone_ts",
                    )
                },
                details=json.loads(row["details"]),
            )
            for row in await self._database.read_rows(get_query("latest_audit"), values)
        ]  # fmt: skip
