"""Verification of a room's state that a resident server sends when we join.

We do not resolve state. We take it from a server that is in the room, and keep only events that are
signed by their senders' servers.
"""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, Final

from countersign.ports.federation import MAX_LISTED
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import ProtocolError
from countersign.protocol.events.pdu import Pdu, parse_pdu, room_id_of
from countersign.protocol.room_versions import RoomVersionRules
from countersign.protocol.rooms.room_state import CREATE, KEPT_TYPES, is_kept, trimmed
from countersign.protocol.rooms.state_events import StateEvent
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy, Progress
from countersign.service.handshakes.state_signers import Signers, fetch_keys, survey_state
from countersign.service.keys.event_verification import (
    KeysUnknown,
    check_signatures,
    trustworthy_copy,
)
from countersign.service.keys.key_ring import KeyRing, KeysUnavailable
from countersign.service.slices import in_slices, is_list

MAX_UNVERIFIED_BYTES: Final = 8 * 1024 * 1024
"""Maximum size of a room's state that waits for keys, in bytes: some eight thousand members.

The rest is left out; later state checks find it.
"""


_EVENTS_PER_TURN: Final = 16
"""Number of events (a few milliseconds) after which the event loop gets a turn."""

_EVENTS_PER_PROGRESS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedState:
    """The verified state of a room.

    Attributes:
        events: verified events, trimmed to what we need, the create event first.
        unverified: events whose signatures could not be checked because keys are missing.
        rejected: number of events that were malformed, wrongly signed, or too many to wait for
            keys.
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
    """Verify the answer to `send_join` and return the verified state.

    Args:
        answer: the whole answer.
        room_id: the room that we join.
        rules: the version that the room is said to have; its create event must agree.
        key_ring: other servers' keys.
        progress: receives lines on how far the work is.

    Raises:
        AnswerUntrustworthy: this is not the state of that room in that version.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#put_matrixfederationv2send_joinroomideventid
    """
    state = _listed_state(answer)
    survey = await survey_state(state, room_id)
    create = _parse_create(survey.create, room_id, rules)
    await _check_create_signature(create, key_ring)
    progress(f"received {survey.kept:,} state events; fetching the keys of their servers")
    present = await fetch_keys(survey.signers, rules, key_ring)
    verification = _Verification(survey.kept - 1, key_ring, present, progress)
    # Parsed a second time, one at a time: all events at once would take too much memory.
    async for event in in_slices(state, forgetting=True):
        if event is not None and event["type"] in KEPT_TYPES and event["type"] != CREATE:
            await verification.add(event, rules)
    verified = verification.finish()
    return replace(
        verified,
        events=(trimmed(create), *verified.events),
        rejected=verified.rejected + survey.unreadable,
    )


async def verify_events(pdus: Sequence[Pdu], key_ring: KeyRing, progress: Progress) -> JoinedState:
    """Verify the signatures of state events; the event loop gets turns meanwhile.

    Args:
        pdus: parsed events of kept types.
        key_ring: other servers' keys; those that are missing are fetched first.
        progress: told how far the work is.
    """
    present: AbstractSet[str] = frozenset()
    if pdus:
        signers = Signers()
        for pdu in pdus:
            signers.note(pdu.json)
        present = await fetch_keys(signers, pdus[0].rules, key_ring)
    verification = _Verification(len(pdus), key_ring, present, progress)
    for pdu in pdus:
        await verification.add_pdu(pdu)
    return verification.finish()


class _Verification:
    """Verifies one event after the other; the event loop gets turns meanwhile."""

    def __init__(
        self, total: int, key_ring: KeyRing, present: AbstractSet[str], progress: Progress
    ) -> None:
        self._total = total
        self._key_ring = key_ring
        self._present = present
        self._progress = progress
        self._count = 0
        self._verified: list[StateEvent] = []
        self._unverified: list[Pdu] = []
        self._unverified_bytes = 0
        self._rejected = 0

    async def add(self, event: JsonObject, rules: RoomVersionRules) -> None:
        """Parse and verify an event; types of state that we do not keep are skipped."""
        try:
            pdu = parse_pdu(event, rules)
        except ProtocolError:
            self._rejected += 1
            return
        if is_kept(pdu):
            await self.add_pdu(pdu)

    async def add_pdu(self, pdu: Pdu) -> None:
        """Verify an event of a kept type."""
        if self._count % _EVENTS_PER_TURN == 0:
            await asyncio.sleep(0)
        if self._count and self._count % _EVENTS_PER_PROGRESS == 0:
            self._progress(f"verified {self._count:,} of {self._total:,} events")
        self._count += 1
        if pdu.sender_server not in self._present:
            self._set_aside(pdu)
            return
        try:
            await check_signatures(pdu, self._key_ring)
            self._verified.append(trimmed(trustworthy_copy(pdu)))
        except (KeysUnavailable, KeysUnknown):
            self._set_aside(pdu)
        except ProtocolError:
            self._rejected += 1

    def _set_aside(self, pdu: Pdu) -> None:
        if self._unverified_bytes + pdu.size_bytes > MAX_UNVERIFIED_BYTES:
            self._rejected += 1
            return
        self._unverified_bytes += pdu.size_bytes
        self._unverified.append(pdu)

    def finish(self) -> JoinedState:
        """Return the result."""
        self._progress(f"verified {len(self._verified):,} of {self._total:,} events")
        return JoinedState(
            events=tuple(self._verified),
            unverified=tuple(self._unverified),
            rejected=self._rejected,
        )


def _parse_create(event: JsonObject, room_id: str, rules: RoomVersionRules) -> Pdu:
    try:
        create = parse_pdu(event, rules)
    except ProtocolError as error:
        raise AnswerUntrustworthy(f"its create event is malformed: {error}") from error
    _check_create(create, room_id, rules)
    return create


def _listed_state(answer: JsonObject) -> Sequence[Any]:
    state = answer.get("state")
    if not is_list(state) or len(state) > MAX_LISTED:
        raise AnswerUntrustworthy(f"its state is not a list of at most {MAX_LISTED:,} events")
    if answer.get("members_omitted") is True:
        raise AnswerUntrustworthy("it left the members out, which we did not ask for")
    return state


def _check_create(create: Pdu, room_id: str, rules: RoomVersionRules) -> None:
    """Check the create event, which pins the room's version: all signatures there depend on it."""
    if room_id_of(create.json) != room_id:
        raise AnswerUntrustworthy("its create event is that of another room")
    if create.state_key != "":
        raise AnswerUntrustworthy("its create event has a state key")
    # Redaction removes the version from create events of older rooms; they would look like version
    # 1.
    if not create.has_intact_content:
        raise AnswerUntrustworthy("its create event was altered")
    version = create.content.get("room_version", "1")
    if version != rules.identifier:
        raise AnswerUntrustworthy(
            f"it says that the room has version {rules.identifier}, "
            f"and the create event says {repr(version)[:40]}"
        )


async def _check_create_signature(create: Pdu, key_ring: KeyRing) -> None:
    try:
        await check_signatures(create, key_ring)
    except (KeysUnavailable, KeysUnknown) as error:
        # Since version 12 the room ID is the create event's hash, so the event must be the right
        # one.
        if not create.rules.room_id_is_create_hash:
            raise AnswerUntrustworthy(
                f"its create event, and so the room's version, cannot be verified: "
                f"the keys of {create.sender_server} cannot be had"
            ) from error
    except ProtocolError as error:
        raise AnswerUntrustworthy(f"its create event is forged: {error}") from error
