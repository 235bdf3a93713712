"""Comparison of a room's state, as its servers report it, with our own; without side effects."""

import asyncio
from collections import Counter
from collections.abc import (
    Callable,
    Collection,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from typing import Final

from countersign.protocol.rooms.room_state import StateKey
from countersign.service.rooms.sync.catalogues import View

STEPS_PER_SLICE: Final = 500
KEYS_PER_SHARD: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A piece of state for which at least one server has another event than we.

    Attributes:
        key: the piece of state.
        own_event_id: the ID of the event in our state, or None.
        reported: the event ID of each server, or None; without servers whose branches differ.
        agreed: the event ID that most of them have, or None.
        is_agreed: enough of them agree on `agreed`.
    """

    key: StateKey
    own_event_id: str | None
    reported: Mapping[str, str | None]
    agreed: str | None
    is_agreed: bool

    @property
    def is_change(self) -> bool:
        """True if most servers agree on another event than ours."""
        return self.is_agreed and self.agreed is not None and self.agreed != self.own_event_id


async def compare(
    views: Sequence[View],
    own_state: Mapping[StateKey, str],
    key_of: Callable[[str], StateKey | None],
    *,
    quorum: int,
) -> list[Finding]:
    """Return every piece of state for which at least one server has another event than we, by key.

    A room has up to some hundred thousand pieces, so this works in slices, between which other
    tasks of the event loop get turns. The arguments must not change meanwhile.

    Args:
        views: the servers' views.
        own_state: the event IDs of our state.
        key_of: returns the piece of state of an event ID; None if it is unknown.
        quorum: number of servers that must agree.
    """
    if not views:
        return []
    timer = SliceTimer()
    findings: list[list[Finding]] = []
    for shard in await _shards(views, own_state, key_of, timer):
        keys, candidates = await _find_disputed(shard, len(views), key_of, timer)
        votes = {view.server: await _votes(view, keys, candidates, key_of, timer) for view in views}
        remaining = iter(keys)
        while chunk := sorted(islice(remaining, STEPS_PER_SLICE)):
            findings.append(
                [_finding(key, shard.own_state.get(key), votes, quorum) for key in chunk]
            )
            await asyncio.sleep(0)
    return await _merged(findings, timer)


class SliceTimer:
    """Divides long work into slices of some milliseconds."""

    def __init__(self) -> None:
        self._steps = 0

    def is_slice_over(self) -> bool:
        """Count one step of some microseconds; return True if the event loop should get a turn."""
        self._steps += 1
        return self._steps % STEPS_PER_SLICE == 0


@dataclass(frozen=True, slots=True)
class _Shard:
    """A part of the pieces of state: one dictionary of all would block too long when it grows."""

    own_state: dict[StateKey, str] = field(default_factory=dict)
    reported_ids: list[str] = field(default_factory=list)
    """The event IDs that servers have, one for each server."""


async def _shards(
    views: Sequence[View],
    own_state: Mapping[StateKey, str],
    key_of: Callable[[str], StateKey | None],
    timer: SliceTimer,
) -> list[_Shard]:
    shards = [_Shard() for _ in range(1 + len(own_state) // KEYS_PER_SHARD)]
    for view in views:
        for event_id in view.standing:
            key = key_of(event_id)
            if key is not None:
                shards[hash(key) % len(shards)].reported_ids.append(event_id)
            if timer.is_slice_over():
                await asyncio.sleep(0)
    for key, event_id in own_state.items():
        shards[hash(key) % len(shards)].own_state[key] = event_id
        if timer.is_slice_over():
            await asyncio.sleep(0)
    return shards


async def _find_disputed(
    shard: _Shard, servers: int, key_of: Callable[[str], StateKey | None], timer: SliceTimer
) -> tuple[Collection[StateKey], Collection[str]]:
    """Return the pieces on which views differ, and the event IDs that occur for them."""
    servers_by_event: dict[str, int] = {}  # by event: how many servers have it
    for event_id in shard.reported_ids:
        servers_by_event[event_id] = servers_by_event.get(event_id, 0) + 1
        if timer.is_slice_over():
            await asyncio.sleep(0)
    keys: dict[StateKey, None] = {}
    candidates: dict[str, None] = {}
    for event_id, count in servers_by_event.items():
        key = key_of(event_id)
        if key is not None and not (count == servers and shard.own_state.get(key) == event_id):
            keys[key] = candidates[event_id] = None
        if timer.is_slice_over():
            await asyncio.sleep(0)
    for key, event_id in shard.own_state.items():
        if event_id not in servers_by_event:
            keys[key] = None
        if key in keys:
            candidates[event_id] = None
        if timer.is_slice_over():
            await asyncio.sleep(0)
    return keys, candidates


async def _votes(
    view: View,
    keys: Collection[StateKey],
    candidates: Collection[str],
    key_of: Callable[[str], StateKey | None],
    timer: SliceTimer,
) -> dict[StateKey, str | None]:
    """Return a view's event ID, or None, for each of `keys`; keys with two events are left out."""
    votes: dict[StateKey, str | None] = {}
    several = set(view.disputed)
    for event_id in candidates:
        key = key_of(event_id) if event_id in view.standing else None
        if key is not None:
            if key in votes:
                several.add(key)
            votes[key] = event_id
        if timer.is_slice_over():
            await asyncio.sleep(0)
    reported: dict[StateKey, str | None] = {}
    for key in keys:
        if key not in several:
            reported[key] = votes.get(key)
        if timer.is_slice_over():
            await asyncio.sleep(0)
    return reported


async def _merged(chunks: list[list[Finding]], timer: SliceTimer) -> list[Finding]:
    """Merge sorted chunks into one sorted list."""
    merged = []
    for finding in merge(*chunks, key=lambda finding: finding.key):
        merged.append(finding)
        if timer.is_slice_over():
            await asyncio.sleep(0)
    return merged


def _finding(
    key: StateKey,
    own_event_id: str | None,
    reported: Mapping[str, Mapping[StateKey, str | None]],
    quorum: int,
) -> Finding:
    votes = {server: by_key[key] for server, by_key in reported.items() if key in by_key}
    ((agreed, count),) = Counter(votes.values()).most_common(1) or [(None, 0)]
    return Finding(
        key=key,
        own_event_id=own_event_id,
        reported=votes,
        agreed=agreed,
        is_agreed=count >= quorum and 2 * count > len(votes),
    )
