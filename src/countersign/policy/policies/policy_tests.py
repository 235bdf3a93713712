"""Policy tests: the events under `tests` in a policy document, with the expected verdicts.

A case is a list of events, one second apart unless `at` is given, with the expected verdicts. It
does not depend on the server's data or clock: its time begins at `CASE_START_TS`.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from countersign.policy.document.mistakes import Path, listed, near_miss, shown
from countersign.policy.document.value_parser import ValueParser
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.cases import (
    CASE_ROOM,
    CASE_ROOM_VERSION,
    CASE_SENDER,
    Case,
    CaseEvent,
    CaseRoom,
    CaseSender,
    Expected,
)
from countersign.protocol.errors import ProtocolError
from countersign.protocol.events.client_format import to_federation_format
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.identifiers import is_room_id, is_user_id
from countersign.protocol.room_versions import ROOM_VERSIONS, get_room_version

CASE_START_TS: Final = 1_750_000_000_000
"""Time of the first event of every case: 15 June 2025."""
MAX_CASES: Final = 2_000
MAX_CASE_EVENTS: Final = 1_000
MAX_KNOWN_HOURS: Final = 100_000
MAX_COUNT: Final = 1_000_000
MAX_APART_SECONDS: Final = 10_000_000
MAX_CASE_NAME_CHARS: Final = 200
MAX_MEMBERS: Final = 1_000
MAX_POWER_LEVEL: Final = 2**53 - 1
BANNED_STEP: Final = "trust"
"""Label of the finding on an event whose sender is banned; no step makes it."""

CASE_KEYS: Final = (
    "name", "message", "event", "messages", "times", "every_seconds", "sender", "room", "raid",
    "expect", "by",
)  # fmt: skip
SENDER_KEYS: Final = (
    "id", "trust", "power_level", "known_hours", "accepted_events", "active_days", "display_name",
)  # fmt: skip
ROOM_KEYS: Final = ("id", "version", "is_encrypted", "members", "power_levels")
MESSAGE_KEYS: Final = ("message", "event", "after_seconds", "sender")
A_CASE: Final = "a mapping with name, message or event, and expect"
A_LIST_OF_CASES: Final = "a list of tests"
A_SENDER: Final = f"a user ID, or a mapping with {listed(SENDER_KEYS)}"


def read_cases(
    parser: ValueParser, value: object, path: Path, labels: Collection[str]
) -> tuple[Case, ...]:
    """Return the valid cases in the list `value`.

    Args:
        parser: collects the mistakes.
        value: the value at `path`.
        path: its path in the document.
        labels: labels of the policy's steps, for `by`.
    """
    if not isinstance(value, list):
        parser.reject(path, shown(value), A_LIST_OF_CASES)
        return ()
    if len(value) > MAX_CASES:
        parser.reject(path, f"{len(value)} tests", f"at most {MAX_CASES:,}")
    reader = _CaseReader(parser, frozenset(labels) | {BANNED_STEP})
    cases = (reader.case(each, (*path, place)) for place, each in enumerate(value[:MAX_CASES]))
    return tuple(case for case in cases if case is not None)


class _CaseReader:
    def __init__(self, parser: ValueParser, labels: frozenset[str]) -> None:
        self._parser = parser
        self._labels = labels

    def case(self, value: object, path: Path) -> Case | None:
        parser = self._parser
        before = len(parser.mistakes)
        keys = parser.mapping(value, path, CASE_KEYS, A_CASE)
        if not isinstance(value, dict):
            return None
        name = parser.text(keys, "name", path, MAX_CASE_NAME_CHARS)
        room = self._room(keys, path)
        sender = self._sender(keys.get("sender", {}), (*path, "sender"))
        events = self._events(keys, path, room, sender)
        expected = self._expected(keys, path, len(events))
        is_raid = parser.truth(keys, "raid", path, default=False)
        by = self._by(keys, path)
        if len(parser.mistakes) > before:
            return None
        return Case(
            name=name or f"test {int(path[-1]) + 1}",
            line=parser.line_of(path),
            events=events,
            expected=expected,
            by=by,
            room=room,
            is_raid=is_raid,
        )

    def _by(self, keys: Mapping[str, Any], path: Path) -> str | None:
        if "by" not in keys:
            return None
        by = keys["by"]
        if by in self._labels:
            return str(by)
        suggestion = near_miss(by, self._labels)
        self._parser.reject((*path, "by"), shown(by), listed(sorted(self._labels)), suggestion)
        return None

    def _expected(self, keys: Mapping[str, Any], path: Path, count: int) -> tuple[Expected, ...]:
        value = keys.get("expect")
        path = (*path, "expect")
        if not isinstance(value, list):
            expected = self._parser.one_of(Expected, value, path)
            return () if expected is None else (expected,)
        if len(value) != count:
            allowed = f"one word for the last event, or one for each of the {count}"
            self._parser.reject(path, f"{len(value)} of them", allowed)
        words = (
            self._parser.one_of(Expected, word, (*path, place)) for place, word in enumerate(value)
        )
        return tuple(word for word in words if word is not None)

    def _events(
        self, keys: Mapping[str, Any], path: Path, room: CaseRoom, sender: CaseSender
    ) -> tuple[CaseEvent, ...]:
        times = self._parser.number(keys, "times", path, 1, MAX_CASE_EVENTS) or 1
        interval = self._parser.number(keys, "every_seconds", path, 0, MAX_APART_SECONDS)
        items = self._items(keys, path)
        events: list[CaseEvent] = []
        at_seconds = 0
        for number in range(times):
            for item, item_path in items:
                after = self._parser.number(item, "after_seconds", item_path, 0, MAX_APART_SECONDS)
                if events or number:
                    waited = 1 if interval is None else interval
                    at_seconds += waited if after is None else after
                by = sender
                if "sender" in item:
                    by = self._sender(item["sender"], (*item_path, "sender"))
                pdu = self._pdu(item, item_path, room, by, at_seconds)
                if pdu is None:
                    return ()  # one mistake for all times of the case
                events.append(CaseEvent(pdu=pdu, sender=by, at_seconds=at_seconds))
                if len(events) > MAX_CASE_EVENTS:
                    found = f"more than {MAX_CASE_EVENTS:,} events"
                    self._parser.reject(path, found, "fewer")
                    return ()
        return tuple(events)

    def _items(self, keys: Mapping[str, Any], path: Path) -> list[tuple[dict[str, Any], Path]]:
        """Return the events in order, each a mapping with `message` or `event`."""
        present = [key for key in ("message", "event", "messages") if key in keys]
        if len(present) != 1:
            found = listed(present) + " together" if present else "no event"
            self._parser.reject(path, found, "one of message, event and messages")
            return []
        (key,) = present
        if key != "messages":
            return [({key: keys[key]}, path)]
        messages = keys["messages"]
        if not isinstance(messages, list) or not messages:
            allowed = f"a list of texts, or of mappings with {listed(MESSAGE_KEYS)}"
            self._parser.reject((*path, key), shown(messages), allowed)
            return []
        items: list[tuple[dict[str, Any], Path]] = []
        for place, message in enumerate(messages):
            item_path = (*path, key, place)
            if isinstance(message, str):
                items.append(({"message": message}, item_path))
                continue
            allowed = f"a text, or a mapping with {listed(MESSAGE_KEYS)}"
            item = self._parser.mapping(message, item_path, MESSAGE_KEYS, allowed)
            if isinstance(message, dict):
                items.append((item, item_path))
        return items

    def _pdu(
        self,
        item: Mapping[str, Any],
        path: Path,
        room: CaseRoom,
        sender: CaseSender,
        at_seconds: int,
    ) -> Pdu | None:
        if ("message" in item) == ("event" in item):
            self._parser.reject(path, "no event", "message, or event with type and content")
            return None
        key = "message" if "message" in item else "event"
        value = item[key]
        if key == "message":
            if not isinstance(value, str):
                self._parser.reject((*path, key), shown(value), "a text in quotes")
                return None
            value = {"content": {"msgtype": "m.text", "body": value}}
        if not isinstance(value, dict):
            self._parser.reject((*path, key), shown(value), "an event, such as a client shows it")
            return None
        event = {
            "type": "m.room.message",
            "content": {},
            "sender": sender.user_id,
            "room_id": room.room_id,
            "origin_server_ts": CASE_START_TS + at_seconds * 1_000,
            **value,
        }
        try:
            return parse_pdu(to_federation_format(event, room.rules), room.rules)
        except ProtocolError as error:
            found = f"what is no event ({str(error).rstrip('.')})"
            self._parser.reject((*path, key), found, "an event, such as a client shows it")
            return None

    def _sender(self, value: object, path: Path) -> CaseSender:
        parser = self._parser
        if isinstance(value, str):
            value = {"id": value}
        keys = parser.mapping(value, path, SENDER_KEYS, A_SENDER)
        user_id = keys.get("id", CASE_SENDER)
        if not isinstance(user_id, str) or not is_user_id(user_id):
            parser.reject((*path, "id"), shown(user_id), "a user ID in quotes, @alice:example.org")
            user_id = CASE_SENDER
        trust = parser.one_of(Trust, keys["trust"], (*path, "trust")) if "trust" in keys else None
        low, high = -MAX_POWER_LEVEL, MAX_POWER_LEVEL
        return CaseSender(
            user_id=user_id,
            trust=trust,
            power_level=parser.number(keys, "power_level", path, low, high) or 0,
            known_hours=parser.number(keys, "known_hours", path, 0, MAX_KNOWN_HOURS) or 0,
            accepted_events=parser.number(keys, "accepted_events", path, 0, MAX_COUNT) or 0,
            active_days=parser.number(keys, "active_days", path, 0, MAX_COUNT) or 0,
            display_name=parser.text(keys, "display_name", path, MAX_CASE_NAME_CHARS),
        )

    def _room(self, keys: Mapping[str, Any], path: Path) -> CaseRoom:
        parser = self._parser
        path = (*path, "room")
        value = keys.get("room", {})
        if isinstance(value, str):
            value = {"id": value}
        allowed = f"a room ID, or a mapping with {listed(ROOM_KEYS)}"
        room = parser.mapping(value, path, ROOM_KEYS, allowed)
        room_id = room.get("id", CASE_ROOM)
        if not isinstance(room_id, str) or not is_room_id(room_id):
            parser.reject((*path, "id"), shown(room_id), 'a room ID in quotes, "!room:example.org"')
            room_id = CASE_ROOM
        version = room.get("version", CASE_ROOM_VERSION)
        if version not in ROOM_VERSIONS:
            found = f"{shown(version)}"
            parser.reject((*path, "version"), found, f"in quotes: {listed(ROOM_VERSIONS)}")
            version = CASE_ROOM_VERSION
        return CaseRoom(
            room_id=room_id,
            rules=get_room_version(version),
            is_encrypted=parser.truth(room, "is_encrypted", path, default=False),
            members=self._by_user(room, "members", path, str, "a display name"),
            power_levels=self._by_user(room, "power_levels", path, int, "a whole number"),
        )

    def _by_user(
        self, room: Mapping[str, Any], key: str, path: Path, kind: type[Any], allowed: str
    ) -> dict[str, Any]:
        levels = room.get(key, {})
        path = (*path, key)
        if not isinstance(levels, dict) or len(levels) > MAX_MEMBERS:
            mapping = f"a mapping of at most {MAX_MEMBERS:,} user IDs, each with {allowed}"
            self._parser.reject(path, shown(levels), mapping)
            return {}
        for user_id, value in levels.items():
            if not is_user_id(user_id) or type(value) is not kind:
                found = f"{user_id}: {shown(value)}"
                self._parser.reject((*path, user_id), found, f"a user ID with {allowed}")
        return levels
