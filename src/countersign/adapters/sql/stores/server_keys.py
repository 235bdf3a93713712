"""Store of other servers' key documents."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from countersign.adapters.sql.changes import count_change
from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.processes.changes import Topic
from countersign.protocol.errors import ProtocolError
from countersign.protocol.keys.server_keys import OldKey, ServerKeys, parse_server_keys
from countersign.protocol.keys.signing_keys import VerifyKey


class SqlServerKeyStore(SqlStore):
    """Implements `ports.server_keys.ServerKeyStore`."""

    async def load(self, *, changed_after: int = -1) -> list[ServerKeys]:
        values = {"changed_after": changed_after}
        return list(_parsed(await self._database.read_rows(get_query("server_keys"), values)))

    async def save(self, keys: ServerKeys, document: bytes | None) -> None:
        values = {
            "server_name": keys.server_name,
            "document": document,
            "fetched_ts": keys.fetched_ts,
            "told_ts": keys.told_ts,
            "former_keys": _encode_old_keys(keys.old_verify_keys),
        }
        query = get_query("set_former_keys" if document is None else "upsert_server_keys")

        def write(connection: Connection) -> None:
            changed = count_change(connection, Topic.SERVER_KEYS)
            connection.execute(query, values | {"changed": changed})

        await self._database.write(write)


def _parsed(rows: Iterable[Row]) -> Iterator[ServerKeys]:
    for row in rows:
        try:
            # Parsed as of when it was fetched, since its validity counts from then.
            keys = parse_server_keys(row["document"], row["server_name"], row["fetched_ts"])
        except ProtocolError:
            continue  # rules became stricter; the key ring fetches it again when needed
        former = {
            key_id: old
            for key_id, old in _read(row["former_keys"])
            if key_id not in keys.verify_keys
        }
        yield replace(
            keys, told_ts=row["told_ts"], old_verify_keys={**former, **keys.old_verify_keys}
        )


def _encode_old_keys(old_keys: Mapping[str, OldKey]) -> str:
    return json.dumps(
        {key_id: [old.key.to_base64(), *old[1:]] for key_id, old in old_keys.items()},
        separators=(",", ":"),
    )


def _read(former_keys: str) -> Iterator[tuple[str, OldKey]]:
    for key_id, (text, expired_ts, gone_ts) in json.loads(former_keys).items():
        try:
            yield key_id, OldKey(VerifyKey.from_base64(key_id, text), expired_ts, gone_ts)
        except ProtocolError:
            continue  # such keys are not trusted any more
