"""Rows of the archive: judged events as JSON, compressed with preset dictionaries."""

import json
import zlib
from typing import Any, Final

import orjson

from countersign.adapters.sql.database import Row
from countersign.policy.decisions import Decision
from countersign.policy.events import Event
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.archive import ArchivedEvent, ArchivedJudgement
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import spellings_of

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
"""Text that most events contain; it is part of the format and must never change."""
_JUDGEMENT_DICTIONARY: Final = (
    b'"unavailable":"no answer came in time"[null][false][true][[],[],0]["own":null,"moderators":'
    b'[["@:matrix.org","{"key":","decision":{"verdict":"refuse","findings":[{"filter":"","harm":"'
    b'org.matrix.msc4456.spam","reason":"","says":"","value":null,"limit":null,"mode":"enforce",'
    b'"step":"newcomer-","weight":,"kind":"evidence","points":,"hits":2}],"says":null,"harms":[],'
    b'"policy_revision":"","score":,"threshold":10,"trust":"new","fingerprint":"{"verdict":"sign",'
    b'"findings":[],"says":null,"harms":[],"policy_revision":""},"answers":{"":[0],"":[1]},'
    b'"warned":null,"without":[],"language":null,"first_seen_ts":17,"is_given":false}'
)
"""Text that most judgements contain; it is part of the format and must never change."""


def to_row(archived: ArchivedEvent) -> tuple[Any, ...]:
    """Return the values of `insert_archived`."""
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
    return (
        archived.decided_ts,
        archived.community,
        event.room_id,
        event.sender,
        int(archived.is_refused),
        event.received_ts,
        _packed(_encode(body), _DICTIONARY),
        _judgement_row(archived),
    )


def _judgement_row(archived: ArchivedEvent) -> bytes | None:
    judgement, event = archived.judgement, archived.event
    if judgement is None:
        return None
    standing = event.standing
    column: dict[str, Any] = {
        "key": judgement.key.hex(),
        "decision": judgement.decision.to_stored(),
        "answers": judgement.answers,
        "warned": judgement.warned,
        "without": judgement.dropped,
        "language": judgement.language,
        "first_seen_ts": standing.first_seen_ts,
        "is_given": standing.is_given,
    }
    if event.safe_content != event.content:
        # Numbers beyond the canonical range, as filters saw them.
        column["content"] = event.content
    return _packed(_encode(column), _JUDGEMENT_DICTIONARY)


def _encode(value: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(value)
    except (TypeError, ValueError, RecursionError):
        # Old rooms may contain lone surrogates and very large numbers, which orjson neither writes
        # nor reads. A leading space marks such JSON.
        return b" " + json.dumps(value, separators=(",", ":")).encode()


def _read(text: bytes) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(text) if text.startswith(b" ") else orjson.loads(text)
    return read


def _packed(text: bytes, dictionary: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zdict=dictionary)
    return packer.compress(text) + packer.flush()


def _unpacked(packed: bytes, dictionary: bytes) -> dict[str, Any]:
    return _read(zlib.decompressobj(zdict=dictionary).decompress(packed))


def from_row(row: Row) -> ArchivedEvent:
    """Return the event of a row that this version or an earlier one wrote.

    Raises:
        StoreUnavailable: the row is damaged or of a newer version.
    """
    try:
        body = _unpacked(row["body"], _DICTIONARY)
        column = _judgement_column(row)
        labels = tuple(body.pop("labels"))
        standing = Standing(
            level=Trust(body.pop("trust")),
            because=body.pop("because"),
            known_hours=body.pop("known_hours"),
            accepted_events=body.pop("accepted_events"),
            active_days=body.pop("active_days"),
            first_seen_ts=column.get("first_seen_ts", 0),
            is_given=column.get("is_given", False),
        )
        event = Event(
            sender=row["sender"],
            server=row["sender"].partition(":")[2],
            room_id=row["room_id"],
            received_ts=row["received_ts"],
            standing=standing,
            **(body | {"content": column.get("content", body["content"])}),
        )
        judgement = _judgement(column) if column else None
    except (AttributeError, KeyError, TypeError, ValueError, BadJson, zlib.error) as error:
        raise StoreUnavailable("The archive holds what this version cannot read.") from error
    return ArchivedEvent(
        community=row["community"],
        event=event,
        decided_ts=row["decided_ts"],
        is_refused=bool(row["is_refused"]),
        labels=labels,
        judgement=judgement,
    )


def exported_row(row: Row) -> dict[str, Any]:
    """Return the event of a row as plain JSON for an export.

    Raises:
        StoreUnavailable: see `from_row`.
    """
    each = from_row(row)
    return {
        "community": each.community,
        "sender": each.event.sender,
        "room_id": each.event.room_id,
        "type": each.event.type,
        "state_key": each.event.state_key,
        "content": each.event.content,
        "decided_ts": each.decided_ts,
        "is_refused": each.is_refused,
        "labels": list(each.labels),
        "decision": each.judgement and each.judgement.decision.to_json(),
    }


def judgement_names(judgement: bytes, user_id: str) -> bool:
    """Return True if the packed column `judgement` names a user."""
    text = zlib.decompressobj(zdict=_JUDGEMENT_DICTIONARY).decompress(judgement)
    return any(each.encode() in text for each in spellings_of(user_id))


def _judgement_column(row: Row) -> dict[str, Any]:
    """Return the content of the column `judgement`, which files of earlier versions lack."""
    if "judgement" not in row.keys() or row["judgement"] is None:  # noqa: SIM118 - no mapping
        return {}
    return _unpacked(row["judgement"], _JUDGEMENT_DICTIONARY)


def _judgement(column: dict[str, Any]) -> ArchivedJudgement:
    warned = column["warned"]
    return ArchivedJudgement(
        key=bytes.fromhex(column["key"]),
        decision=Decision.from_json(column["decision"]),
        answers=column["answers"],
        warned=None if warned is None else (warned[0], warned[1]),
        dropped=tuple(column["without"]),
        language=column["language"],
    )
