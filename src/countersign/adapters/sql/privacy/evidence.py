"""Store of the texts of refused events."""

import json
from collections.abc import Sequence

from countersign.adapters.sql.database import Connection, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.evidence import Evidence


class SqlEvidenceStore(SqlStore):
    """Implements `ports.stores.evidence.EvidenceStore`."""

    async def add(self, evidence: Sequence[Evidence], *, max_total_bytes: int) -> None:
        rows = [
            {
                "key": each.key,
                "sender": each.sender,
                "kept_ts": each.kept_ts,
                "texts": json.dumps(each.texts, ensure_ascii=False),
                "is_cut": int(each.is_cut),
                "size_bytes": each.size_bytes,
            }
            for each in evidence
        ]

        def write(connection: Connection) -> None:
            connection.executemany(get_query("upsert_evidence"), rows)
            (total,) = connection.execute(get_query("evidence_size")).fetchone()
            while total > max_total_bytes:
                oldest = connection.execute(get_query("oldest_evidence")).fetchone()
                number = {"number": oldest["number"]}
                connection.execute(get_query("delete_evidence_number"), number)
                total -= oldest["size_bytes"]

        await self._database.write(write)

    async def find(self, key: bytes) -> Evidence | None:
        rows = await self._database.read_rows(get_query("find_evidence"), {"key": key})
        if not rows:
            return None
        (row,) = rows
        try:
            texts = tuple(map(str, json.loads(row["texts"])))
        except ValueError as error:
            raise StoreUnavailable("A stored text can't be read.") from error
        return Evidence(
            key=row["key"],
            sender=row["sender"],
            kept_ts=row["kept_ts"],
            texts=texts,
            is_cut=bool(row["is_cut"]),
        )

    async def forget(self, key: bytes) -> bool:
        def write(connection: Connection) -> bool:
            return connection.execute(get_query("delete_evidence"), {"key": key}).rowcount > 0

        return await self._database.write(write)
