"""Following of rooms: verified events change a room's state, in memory and in the store."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

import structlog

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.rooms import Membership, RoomStore, StoredRoom
from countersign.protocol.errors import CountersignError, SignatureInvalid
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.identifiers import server_name_of
from countersign.protocol.rooms.policy_rules import is_policy_rule
from countersign.protocol.rooms.room_state import trimmed
from countersign.protocol.rooms.state_events import MEMBER, StateEvent
from countersign.service.errors import Forbidden
from countersign.service.handshakes.joined_state import JoinedState
from countersign.service.identity import Identity
from countersign.service.keys.event_verification import check_signatures, trustworthy_copy
from countersign.service.keys.key_ring import KeyRing
from countersign.service.rooms.room import EVENTS_PER_TURN, TO_PROTECT, Room, RoomPurposes
from countersign.service.rooms.room_alerts import find_alerts, unverified_note

_NOTE_CHARS: Final = 200

MAX_EARLY_REDACTIONS: Final = 1_000
"""Maximum number of remembered redactions of policy-list events that we do not have."""

SPREADING_SECONDS: Final = 120
"""Time within which an event that we received also reaches the room's other servers."""

log = structlog.get_logger()


OnJoin = Callable[[str, str, int], None]
"""Receives the room ID, user ID and time of each join.

The time is that of the event, in ms since the epoch, but not later than now."""


class RoomFollower:
    """Applies verified events to a room: in memory, in the store, and in its alerts.

    Args:
        store: keeps rooms.
        key_ring: for servers' keys.
        on_join: is called for each join.
        purposes: purposes of rooms that need not name us.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        store: RoomStore,
        key_ring: KeyRing,
        clock: Clock,
        on_join: OnJoin = lambda _room_id, _user_id, _sent_ts: None,
        purposes: RoomPurposes = TO_PROTECT,
    ) -> None:
        self._identity = identity
        self._on_join = on_join
        self._purposes = purposes
        self._early_redactions: BoundedMapping[tuple[str, str], str] = BoundedMapping(
            MAX_EARLY_REDACTIONS
        )
        self._store = store
        self._key_ring = key_ring
        self._clock = clock

    async def follow(self, room: Room, pdu: Pdu) -> bool:
        """Apply a state event of a kept type, if its sender may send it and it is new.

        Returns:
            True if it was new.

        Raises:
            Forbidden: its sender may not send it.
            SignatureInvalid: it is an altered copy, whose remaining content has another meaning.
            StoreUnavailable: it is followed until the next start only.
        """
        standing = room.state.find(pdu.type, pdu.state_key or "")
        if not pdu.has_intact_content and standing and standing.event_id == pdu.event_id:
            return False  # we have the same event, possibly with more content
        if is_policy_rule(pdu.type) and not pdu.has_intact_content:
            # Anybody can send a redacted copy of a new rule, so it does not count as redacted.
            raise SignatureInvalid("The content of this policy rule does not match its hash.")
        pdu = trustworthy_copy(pdu)
        if not room.state.may_send(pdu):
            raise Forbidden("The event's sender may not send it to this room.")
        event = self._received(room, trimmed(pdu))
        was_joined = pdu.type == MEMBER and room.state.membership_of(event.state_key) == "join"
        if not room.state.apply(event):
            return False
        if pdu.type == MEMBER and not was_joined and pdu.content.get("membership") == "join":
            self._on_join(room.room_id, event.state_key, event.origin_server_ts)
        if is_policy_rule(pdu.type):
            self._redact_at_once(room, event)
        await self._store.save_state(room.room_id, _current_state(room, [event]))
        if room.state.is_server_joined(pdu.sender_server):
            self._key_ring.prefetch([pdu.sender_server])
        if (pdu.type, pdu.state_key) == (MEMBER, self._identity.user_id):
            await self._notice_own_membership(room, pdu)
        self.refresh_alerts(room)
        return True

    def apply_stored(self, room: Room, stored: StoredRoom) -> None:
        """Take over changes of a room that another process stored.

        Args:
            room: the room.
            stored: its row, with only the changed state.
        """
        applied = [room.state.apply_stored(event) for event in stored.state]
        is_changed = (stored.membership, stored.note) != (room.membership, room.note)
        if is_changed or any(applied):
            room.membership, room.note = stored.membership, stored.note
            self.refresh_alerts(room)

    async def follow_redaction(self, room: Room, pdu: Pdu) -> None:
        """Remove the policy rule that a redaction is about, if its sender may redact it.

        Args:
            room: the room.
            pdu: an `m.room.redaction` whose signatures were verified.

        Raises:
            StoreUnavailable: the rule is removed until the next start only.
        """
        redacts = trustworthy_copy(pdu).redacts
        if redacts is None:
            return
        rule = room.state.find_rule(redacts)
        if rule is None:
            if self._purposes.is_list(room.room_id) or len(room.state.policy_rules):
                self._early_redactions[room.room_id, redacts] = pdu.sender
        elif room.state.may_redact_event_of(pdu.sender, rule.sender):
            await self.redact_rules(room, [redacts])

    async def redact_rules(self, room: Room, event_ids: Iterable[str]) -> None:
        """Remove the policy rules of these events, if they are still current.

        Raises:
            StoreUnavailable: they are removed until the next start only.
        """
        redacted = [
            event for each in event_ids if (event := room.state.redact_rule(each)) is not None
        ]
        if redacted:
            log.info("policy rules were redacted", room_id=room.room_id, rules=len(redacted))
            await self._store.save_state(room.room_id, redacted)

    def _redact_at_once(self, room: Room, event: StateEvent) -> None:
        """Remove a rule whose redaction arrived before it."""
        redactor = self._early_redactions.pop((room.room_id, event.event_id), None)
        if redactor is not None and room.state.may_redact_event_of(redactor, event.sender):
            room.state.redact_rule(event.event_id)

    async def settle(self, room: Room, agreed: JoinedState, pdus: Mapping[str, Pdu]) -> bool:
        """Apply the state that the room's servers agree on, whatever its senders and age.

        State that we received a moment ago, and they perhaps not yet, is kept.

        Args:
            room: the room.
            agreed: the verified events.
            pdus: the same as they were received, by event ID.

        Returns:
            True if all of it was applied.

        Raises:
            StoreUnavailable: it is known until the next start only.
        """
        applied: list[StateEvent] = []
        is_complete = True
        for count, event in enumerate(agreed.events):
            if count % EVENTS_PER_TURN == 0:
                await asyncio.sleep(0)
            news = self._received(room, event)
            if room.state.apply(news):
                applied.append(news)
            elif self._is_fresh(room.state.find(news.type, news.state_key)):
                is_complete = False
            elif room.state.settle(news):
                applied.append(news)
        await self._store.save_state(room.room_id, _current_state(room, applied))
        self._key_ring.prefetch({server_name_of(event.sender) for event in applied})
        for event in applied:
            if (event.type, event.state_key) == (MEMBER, self._identity.user_id):
                await self._notice_own_membership(room, pdus[event.event_id])
        self.refresh_alerts(room)
        return is_complete

    def _is_fresh(self, event: StateEvent | None) -> bool:
        return event is not None and (
            self._clock.now_ts() - event.known_since_ts < SPREADING_SECONDS * 1000
        )

    async def add_verified(self, room: Room, late: JoinedState) -> None:
        """Add state that could not be verified when we joined, unless there is newer state.

        It counts as known since the join.

        Raises:
            StoreUnavailable: it is known until the next start only.
        """
        events = (replace(event, known_since_ts=room.joined_ts) for event in late.events)
        news = [event for event in events if room.state.apply(event)]
        await self._store.save_state(room.room_id, _current_state(room, news))
        note = unverified_note(late.unverified_servers, len(late.unverified))
        await self.change_membership(room, room.membership, note)

    async def change_membership(self, room: Room, membership: Membership, note: str) -> None:
        """Store our user's new membership in the room, with a note on the reason.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        await self._store.set_membership(room.room_id, membership, note)
        room.membership = membership
        room.note = note
        self.refresh_alerts(room)

    async def follow_shown(self, room: Room, pdu: Pdu) -> None:
        """Apply an event that one server sent on request, after the same checks as for pushed ones.

        Raises:
            StoreUnavailable: it is followed until the next start only.
        """
        try:
            is_known = room.state.is_server_joined(pdu.sender_server)
            await check_signatures(pdu, self._key_ring, is_known=is_known)
            await self.follow(room, pdu)
        except StoreUnavailable:
            raise
        except CountersignError as error:
            log.info("an event was not followed", room_id=room.room_id, error=str(error))

    def refresh_alerts(self, room: Room) -> None:
        """Determine the room's alerts again, and log new ones."""
        before = room.alerts
        policy = room.state.room_policy
        names_us = policy is not None and policy.via == self._identity.server_name
        room.is_list_only = self._purposes.is_list(room.room_id) and not names_us
        is_management = self._purposes.is_management(room.room_id)
        room.is_management_only = is_management and not names_us
        room.is_chat = self._purposes.is_chat(room.room_id)
        room.alerts = find_alerts(
            room.state,
            membership=room.membership,
            note=room.note,
            identity=self._identity,
            doubts=room.doubts,
            is_list=room.is_list_only,
            is_management=is_management,
            is_chat=room.is_chat,
        )
        for alert in room.alerts:
            if alert not in before:
                log.warning(
                    alert.message,
                    room_id=room.room_id,
                    alert=alert.kind.value,
                    remedy=alert.remedy,
                )

    def _received(self, room: Room, event: StateEvent) -> StateEvent:
        now_ts = self._clock.now_ts()
        return replace(
            event,
            # Times in the future are cut to now, so that later events replace this one.
            origin_server_ts=min(event.origin_server_ts, now_ts),
            # A user who joins after us must not count as an earlier member, even if our clock is
            # set back.
            known_since_ts=max(now_ts, room.joined_ts + 1),
        )

    async def _notice_own_membership(self, room: Room, pdu: Pdu) -> None:
        reason = pdu.content.get("reason")
        by = f"by {pdu.sender}"
        if isinstance(reason, str) and reason:
            by = f"{by}: {reason}"[:_NOTE_CHARS]
        match pdu.content.get("membership"):
            case "ban":
                await self.change_membership(room, "banned", by)
            case "leave" if pdu.sender == self._identity.user_id:
                await self.change_membership(room, "left", "")
            case "leave":
                await self.change_membership(room, "kicked", by)


def _current_state(room: Room, events: Iterable[StateEvent]) -> list[StateEvent]:
    """Return the current state events for the state keys of events that were just applied."""
    current = (room.state.find(event.type, event.state_key) for event in events)
    return [event for event in current if event is not None]
