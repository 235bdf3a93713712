"""The state of a room as a resident server tells it when we join: checked before it is believed.

We do not resolve state. We take it from a server that is in the room, and keep of it only what
its senders' servers have signed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import ProtocolError
from countersign.protocol.events import Pdu, parse_pdu, room_id_of
from countersign.protocol.room_state import KEPT_TYPES, StateEvent, is_kept, trimmed
from countersign.protocol.room_versions import RoomVersionRules
from countersign.service.event_verification import (
    KeysUnknown,
    check_signatures,
    trustworthy_copy,
)
from countersign.service.handshakes import AnswerUntrustworthy, Progress
from countersign.service.key_ring import KeyRing, KeysUnavailable

MAX_STATE_EVENTS: Final = 200_000
KEY_FETCHES_AT_ONCE: Final = 32
KEY_FETCH_SECONDS: Final = 120
"""How long all servers together may take to give us their keys; who is slower counts as absent."""

_EVENTS_PER_TURN: Final = 16
"""After so many events (a few milliseconds) the event loop gets a turn."""

_EVENTS_PER_PROGRESS: Final = 400
_KEY_IDS_PER_EVENT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedState:
    """What we believe of a room's state.

    Attributes:
        events: verified, trimmed to what we need, the create event first.
        unverified: events whose signatures could not be checked yet: keys are missing.
        rejected: how many events were malformed or wrongly signed.
    """

    events: tuple[StateEvent, ...]
    unverified: tuple[Pdu, ...]
    rejected: int

    @property
    def unverified_servers(self) -> tuple[str, ...]:
        """The servers whose keys are missing, sorted."""
        return tuple(sorted({pdu.sender_server for pdu in self.unverified}))


async def verify_joined_state(
    answer: JsonObject,
    *,
    room_id: str,
    rules: RoomVersionRules,
    key_ring: KeyRing,
    progress: Progress,
) -> JoinedState:
    """Check the answer to `send_join` and return what can be believed of it.

    Args:
        answer: the whole answer.
        room_id: the room that we join.
        rules: the version that the room is said to have; its create event must agree.
        key_ring: other servers' keys.
        progress: told how far the work is.

    Raises:
        AnswerUntrustworthy: this is not the state of that room in that version.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#put_matrixfederationv2send_joinroomideventid
    """
    create, others, malformed = await _parse_state(answer, room_id, rules)
    _check_create(create, room_id, rules)
    await _check_create_signature(create, key_ring)
    progress(f"received {len(others) + 1:,} state events; fetching the keys of their servers")
    state = await verify_events(others, key_ring, progress)
    return replace(
        state, events=(trimmed(create), *state.events), rejected=state.rejected + malformed
    )


async def verify_events(pdus: Sequence[Pdu], key_ring: KeyRing, progress: Progress) -> JoinedState:
    """Verify state events by their signatures, other rooms' business going on meanwhile.

    Args:
        pdus: parsed events of kept types.
        key_ring: other servers' keys; those that are missing are fetched first.
        progress: told how far the work is.
    """
    absent = await _fetch_keys(pdus, key_ring)
    verified: list[StateEvent] = []
    unverified: list[Pdu] = []
    for count, pdu in enumerate(pdus):
        if count % _EVENTS_PER_TURN == 0:
            await asyncio.sleep(0)
        if count and count % _EVENTS_PER_PROGRESS == 0:
            progress(f"verified {count:,} of {len(pdus):,} events")
        if pdu.sender_server in absent:
            unverified.append(pdu)
            continue
        try:
            await check_signatures(pdu, key_ring)
            verified.append(trimmed(trustworthy_copy(pdu)))
        except (KeysUnavailable, KeysUnknown):
            unverified.append(pdu)
        except ProtocolError:
            continue
    progress(f"verified {len(verified):,} of {len(pdus):,} events")
    rejected = len(pdus) - len(verified) - len(unverified)
    return JoinedState(events=tuple(verified), unverified=tuple(unverified), rejected=rejected)


async def _parse_state(
    answer: JsonObject, room_id: str, rules: RoomVersionRules
) -> tuple[Pdu, list[Pdu], int]:
    """Return the create event, the other events of kept types, and how many were malformed."""
    creates: list[JsonObject] = []
    others: dict[tuple[str, str | None], Pdu] = {}
    malformed = 0
    for index, event in enumerate(_listed_state(answer)):
        if index % _EVENTS_PER_TURN == 0:
            await asyncio.sleep(0)
        if not isinstance(event, dict):
            raise AnswerUntrustworthy("its state holds something else than events")
        if event.get("type") == "m.room.create":
            creates.append(event)
            continue
        if event.get("room_id") != room_id:
            raise AnswerUntrustworthy("its state holds an event of another room")
        if event.get("type") not in KEPT_TYPES:
            continue
        try:
            pdu = parse_pdu(event, rules)
        except ProtocolError:
            malformed += 1
            continue
        if not is_kept(pdu):
            continue
        if (pdu.type, pdu.state_key) in others:
            raise AnswerUntrustworthy(f"its state holds two {pdu.type} for the same state key")
        others[pdu.type, pdu.state_key] = pdu
    if len(creates) != 1:
        raise AnswerUntrustworthy(f"its state holds {len(creates)} create events instead of one")
    try:
        create = parse_pdu(creates[0], rules)
    except ProtocolError as error:
        raise AnswerUntrustworthy(f"its create event is malformed: {error}") from error
    return create, list(others.values()), malformed


def _listed_state(answer: JsonObject) -> list[Any]:
    state = answer.get("state")
    if not isinstance(state, list) or len(state) > MAX_STATE_EVENTS:
        raise AnswerUntrustworthy(f"its state is not a list of at most {MAX_STATE_EVENTS:,} events")
    if answer.get("members_omitted") is True:
        raise AnswerUntrustworthy("it left the members out, which we did not ask for")
    return state


def _check_create(create: Pdu, room_id: str, rules: RoomVersionRules) -> None:
    """Pin the room's version: everything that we will ever sign there depends on it."""
    if room_id_of(create.json) != room_id:
        raise AnswerUntrustworthy("its create event is that of another room")
    if create.state_key != "":
        raise AnswerUntrustworthy("its create event has a state key")
    # Redaction takes the version out of older create events; those would all look like version 1.
    if not create.has_intact_content:
        raise AnswerUntrustworthy("its create event was altered")
    said = create.content.get("room_version", "1")
    if said != rules.identifier:
        raise AnswerUntrustworthy(
            f"it says that the room has version {rules.identifier}, "
            f"and the create event says {repr(said)[:40]}"
        )


async def _check_create_signature(create: Pdu, key_ring: KeyRing) -> None:
    try:
        await check_signatures(create, key_ring)
    except (KeysUnavailable, KeysUnknown) as error:
        # Since version 12 the room ID is the create event's hash: it can be no other.
        if not create.rules.room_id_is_create_hash:
            raise AnswerUntrustworthy(
                f"its create event, and so the room's version, cannot be verified: "
                f"the keys of {create.sender_server} cannot be had"
            ) from error
    except ProtocolError as error:
        raise AnswerUntrustworthy(f"its create event is forged: {error}") from error


async def _fetch_keys(pdus: Sequence[Pdu], key_ring: KeyRing) -> AbstractSet[str]:
    """Fill the key ring for these events; return the servers that did not give us their keys."""
    wanted = _newest_signatures(pdus)
    absent = set(wanted)
    servers = iter(wanted.items())

    async def fetch_in_turn() -> None:
        for server, (newest, key_ids) in servers:
            for key_id in key_ids:
                with suppress(KeysUnavailable):
                    await key_ring.event_keys(
                        server, (key_id,), newest.origin_server_ts, newest.rules
                    )
                    absent.discard(server)

    with suppress(TimeoutError):
        async with asyncio.timeout(KEY_FETCH_SECONDS), asyncio.TaskGroup() as group:
            for _ in range(min(KEY_FETCHES_AT_ONCE, len(wanted))):
                group.create_task(fetch_in_turn())
    return absent


def _newest_signatures(pdus: Sequence[Pdu]) -> Mapping[str, tuple[Pdu, set[str]]]:
    """Return, by sender's server, its newest event and all the key IDs that it signed with."""
    wanted: dict[str, tuple[Pdu, set[str]]] = {}
    for pdu in pdus:
        server = pdu.sender_server
        newest, key_ids = wanted.get(server, (pdu, set()))
        key_ids.update(islice(pdu.signatures.get(server, ()), _KEY_IDS_PER_EVENT))
        if pdu.origin_server_ts > newest.origin_server_ts:
            newest = pdu
        wanted[server] = newest, key_ids
    return wanted
