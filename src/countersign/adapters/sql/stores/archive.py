"""Judged events in a SQLite file of their own, compressed one by one.

Apart from the decisions, so that whatever happens to this file, a full disk or a mistake of ours,
happens to it alone. Each event is a row, so that one person's can be taken out for good.
"""

import asyncio
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import orjson

from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.database_files import make_private_file
from countersign.adapters.sql.errors import translated
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.scrubbing import MAX_REBUILT_BYTES, scrub
from countersign.policy.events import Event
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.archive import ArchivedEvent
from countersign.ports.stores.personal_data import MAX_EXPORTED

_PATIENCE_MS: Final = 2_000
_LEVEL: Final = 6
_DICTIONARY: Final = (
    b'"m.relates_to":{"rel_type":"m.annotation","event_id":"$","key":"m.thread","is_falling_back":'
    b'true,"m.in_reply_to":{"event_id":"$"}},"m.new_content":{"org.matrix.custom.html","formatted_'
    b'body":"<a href=\\"https://matrix.to/#/@</a>","info":{"mimetype":"image/jpeg","size":,"w":,'
    b'"h":},"url":"mxc://matrix.org/","membership":"join","displayname":"","avatar_url":"mxc://"'
    b'{"type":"m.room.message","state_key":null,"content":{"msgtype":"m.text","body":"",'
    b'"m.mentions":{}},"origin_server_ts":17,"size_bytes":,"is_encrypted_room":false,'
    b'"sender_power_level":0,"sticky_ms":null,"membership_before":null,"trust":"member","because":'
    b'"was in the room before this policy server","known_hours":0,"accepted_events":,'
    b'"active_days":1,"labels":[]}'
)
"""What most events hold; it is a part of the format, and never changes."""


class SqliteArchive:
    """Implements `ports.stores.archive.ArchiveStore`.

    Args:
        path: the file; made, readable by its owner only, when something is kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def add(self, events: Sequence[ArchivedEvent]) -> None:
        """See `ArchiveStore.add`."""
        await asyncio.to_thread(self._add, events)

    async def forget_before(self, ts: int) -> int:
        """See `ArchiveStore.forget_before`."""
        return await asyncio.to_thread(self._delete, "forget_archived_before", {"ts": ts})

    async def purge(self, *, sender: str | None = None, room_id: str | None = None) -> int:
        """See `ArchiveStore.purge`."""
        values = {"sender": sender, "room_id": room_id}
        return await asyncio.to_thread(self._delete, "purge_archived", values)

    async def forget_event(self, *, sender: str, room_id: str, decided_ts: int) -> int:
        """See `service.privacy.sender_redactions.ArchivedEvents`."""
        values = {"sender": sender, "room_id": room_id, "decided_ts": decided_ts}
        return await asyncio.to_thread(self._delete, "forget_archived_event", values)

    async def export_person(self, user_id: str) -> list[dict[str, Any]]:
        """See `ArchiveStore.export_person`."""
        return await asyncio.to_thread(self._export, user_id)

    async def erase_person(self, user_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        """See `ArchiveStore.erase_person`."""
        return await asyncio.to_thread(self._erase, user_id, may_rebuild=may_rebuild)

    def _export(self, user_id: str) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        values = {"sender": user_id, "limit": MAX_EXPORTED}
        with translated(), closing(open_driver(self._path, "ro")) as driver:
            found = map(_event, driver.execute(get_query("archived_of_sender"), values))
            return [
                {
                    "community": each.community,
                    "room_id": each.event.room_id,
                    "type": each.event.type,
                    "state_key": each.event.state_key,
                    "content": each.event.content,
                    "decided_ts": each.decided_ts,
                    "is_refused": each.is_refused,
                    "labels": list(each.labels),
                }
                for each in found
            ]

    def _erase(self, user_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        if not self._path.exists():
            return 0, True
        count = self._delete("purge_archived", {"sender": user_id, "room_id": None})
        size_bytes = self._path.stat().st_size
        with translated():
            is_scrubbed = scrub(
                self._path,
                user_id.encode(),
                may_rebuild=may_rebuild or size_bytes <= MAX_REBUILT_BYTES,
            )
        return count, is_scrubbed

    async def count(self, *, community: str, since_ts: int, room_id: str | None) -> int:
        """See `ArchiveStore.count`."""
        values = {"community": community, "since_ts": since_ts, "room_id": room_id}
        return await asyncio.to_thread(self._count, values)

    def _count(self, values: Mapping[str, Any]) -> int:
        if not self._path.exists():
            return 0
        with translated(), closing(open_driver(self._path, "ro")) as driver:
            (count,) = driver.execute(get_query("count_archived"), values).fetchone()
        return int(count)

    async def find(self, *, sender: str, room_id: str, decided_ts: int) -> list[ArchivedEvent]:
        """See `ArchiveStore.find`."""
        values = {"sender": sender, "room_id": room_id, "decided_ts": decided_ts}
        return await asyncio.to_thread(self._find, values)

    def _find(self, values: Mapping[str, Any]) -> list[ArchivedEvent]:
        if not self._path.exists():
            return []
        with translated(), closing(open_driver(self._path, "ro")) as driver:
            return [_event(row) for row in driver.execute(get_query("find_archived"), values)]

    def read(
        self, *, community: str, since_ts: int, room_id: str | None, limit: int
    ) -> Iterator[ArchivedEvent]:
        """See `ArchiveStore.read`."""
        values = {
            "community": community,
            "since_ts": since_ts,
            "room_id": room_id,
            "limit": limit,
        }
        if not self._path.exists():
            return
        with translated(), closing(open_driver(self._path, "ro")) as driver:
            for row in driver.execute(get_query("read_archived"), values):
                yield _event(row)

    def _add(self, events: Sequence[ArchivedEvent]) -> None:
        rows = [_row(each) for each in events]
        with translated(), closing(self._open()) as driver:
            driver.execute("BEGIN IMMEDIATE")
            driver.executemany(get_query("insert_archived"), rows)
            driver.execute("COMMIT")

    def _delete(self, query: str, values: Mapping[str, Any]) -> int:
        if not self._path.exists():
            return 0
        with translated(), closing(self._open()) as driver:
            count = driver.execute(get_query(query), values).rowcount
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def _open(self) -> sqlite3.Connection:
        make_private_file(self._path)
        driver = open_driver(self._path, "rw")
        try:
            driver.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
            driver.execute("PRAGMA journal_mode = WAL")
            driver.execute("PRAGMA synchronous = NORMAL")
            # What is purged is overwritten, not only out of sight.
            driver.execute("PRAGMA secure_delete = ON")
            driver.execute(get_query("make_archive"))
            for index in ("ts", "sender", "room"):
                driver.execute(get_query(f"index_archive_by_{index}"))
        except BaseException:
            driver.close()
            raise
        return driver


def _row(archived: ArchivedEvent) -> tuple[Any, ...]:
    event, standing = archived.event, archived.event.standing
    body = {
        "type": event.type,
        "state_key": event.state_key,
        "content": event.safe_content,
        "origin_server_ts": event.origin_server_ts,
        "size_bytes": event.size_bytes,
        "is_encrypted_room": event.is_encrypted_room,
        "sender_power_level": event.sender_power_level,
        "sticky_ms": event.sticky_ms,
        "membership_before": event.membership_before,
        "trust": standing.level.value,
        "because": standing.because,
        "known_hours": standing.known_hours,
        "accepted_events": standing.accepted_events,
        "active_days": standing.active_days,
        "labels": list(archived.labels),
    }
    packer = zlib.compressobj(_LEVEL, zdict=_DICTIONARY)
    packed = packer.compress(orjson.dumps(body)) + packer.flush()
    return (
        archived.decided_ts,
        archived.community,
        event.room_id,
        event.sender,
        int(archived.is_refused),
        event.received_ts,
        packed,
    )


def _event(row: sqlite3.Row) -> ArchivedEvent:
    unpacker = zlib.decompressobj(zdict=_DICTIONARY)
    try:
        body = orjson.loads(unpacker.decompress(row["body"]))
        labels = tuple(body.pop("labels"))
        standing = Standing(
            level=Trust(body.pop("trust")),
            because=body.pop("because"),
            known_hours=body.pop("known_hours"),
            accepted_events=body.pop("accepted_events"),
            active_days=body.pop("active_days"),
        )
        event = Event(
            sender=row["sender"],
            server=row["sender"].partition(":")[2],
            room_id=row["room_id"],
            received_ts=row["received_ts"],
            standing=standing,
            **body,
        )
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise StoreUnavailable("The archive holds what this version cannot read.") from error
    return ArchivedEvent(
        community=row["community"],
        event=event,
        decided_ts=row["decided_ts"],
        is_refused=bool(row["is_refused"]),
        labels=labels,
    )
