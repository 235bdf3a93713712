"""Servers that signed a room's state, and the fetching of their keys."""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.identifiers import is_user_id
from countersign.protocol.room_versions import RoomVersionRules
from countersign.protocol.rooms.room_state import CREATE, KEPT_TYPES
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.keys.key_ring import KeyRing, KeysUnavailable
from countersign.service.slices import in_slices

MAX_SIGNERS: Final = 20_000
"""Maximum number of servers whose keys are fetched; a state may name as many as it has events."""

KEY_FETCHES_AT_ONCE: Final = 32
KEY_FETCH_SECONDS: Final = 120
"""Time limit for fetching the keys of all servers; slower ones count as unreachable."""

_KEY_IDS_PER_EVENT: Final = 8
_KEY_IDS_PER_SERVER: Final = 64
_MAX_KEY_ID_CHARS: Final = 255


class Signers:
    """Servers that signed a room's state, with their keys, and when last."""

    def __init__(self) -> None:
        self.newest_ts: dict[str, int] = {}
        self.key_ids: dict[str, set[str]] = {}

    def note(self, event: JsonObject) -> None:
        """Record the signers of an event, which may be malformed."""
        sender, sent_ts = event.get("sender"), event.get("origin_server_ts")
        signatures = event.get("signatures")
        if not isinstance(sender, str) or not is_user_id(sender) or type(sent_ts) is not int:
            return
        server = sender.partition(":")[2]
        if server not in self.key_ids and len(self.key_ids) == MAX_SIGNERS:
            return
        by_key = signatures.get(server) if isinstance(signatures, dict) else None
        key_ids = self.key_ids.setdefault(server, set())
        for key_id in islice(by_key if isinstance(by_key, dict) else (), _KEY_IDS_PER_EVENT):
            if len(key_id) <= _MAX_KEY_ID_CHARS and len(key_ids) < _KEY_IDS_PER_SERVER:
                key_ids.add(key_id)
        self.newest_ts[server] = max(self.newest_ts.get(server, 0), sent_ts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Result of a first look at a room's state.

    Attributes:
        create: the one create event.
        kept: number of events of a kept type.
        unreadable: number of events beyond the limits; a member may have sent them.
        signers: the servers that signed them.
    """

    create: JsonObject
    kept: int
    unreadable: int
    signers: Signers


async def survey_state(state: Sequence[Any], room_id: str) -> Survey:
    """Return the servers that must have signed a room's state, with their key IDs."""
    create: JsonObject | None = None
    keys: set[int] = set()
    signers = Signers()
    creates = kept = unreadable = 0
    async for event in in_slices(state):
        if event is None:
            unreadable += 1
            continue
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise AnswerUntrustworthy("its state holds something else than events")
        if event["type"] == CREATE:
            create = create or event
            creates += 1
        elif event.get("room_id") != room_id:
            raise AnswerUntrustworthy("its state holds an event of another room")
        if event["type"] not in KEPT_TYPES:
            continue
        kept += 1
        signers.note(event)
        state_key = event.get("state_key")
        if event["type"] == CREATE or not isinstance(state_key, str):
            continue
        # Only hashes: the key IDs themselves may take as much memory as the events.
        key = hash((event["type"], state_key))
        if key in keys:
            raise AnswerUntrustworthy(f"its state holds two {event['type']} for the same state key")
        keys.add(key)
    if create is None or creates > 1:
        raise AnswerUntrustworthy(f"its state holds {creates} create events instead of one")
    return Survey(create=create, kept=kept, unreadable=unreadable, signers=signers)


async def fetch_keys(
    signers: Signers, rules: RoomVersionRules, key_ring: KeyRing
) -> AbstractSet[str]:
    """Fetch the signers' keys into the key ring; return the servers whose keys are available."""
    present: set[str] = set()
    servers = iter(signers.newest_ts.items())

    async def fetch_in_turn() -> None:
        for server, newest_ts in servers:
            for key_id in signers.key_ids[server]:
                with suppress(KeysUnavailable):
                    await key_ring.event_keys(server, (key_id,), newest_ts, rules)
                    present.add(server)

    with suppress(TimeoutError):
        async with asyncio.timeout(KEY_FETCH_SECONDS), asyncio.TaskGroup() as group:
            for _ in range(min(KEY_FETCHES_AT_ONCE, len(signers.newest_ts))):
                group.create_task(fetch_in_turn())
    return present
