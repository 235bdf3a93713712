"""Alerts about a room for its operator."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, unique

from countersign.ports.stores.rooms import Membership
from countersign.protocol.rooms.policy_servers import RoomPolicy, room_policy_content
from countersign.protocol.rooms.room_state import RoomState
from countersign.service.identity import Identity

_SERVERS_NAMED = 5


@unique
class AlertKind(Enum):
    """Kind of an alert about a room; the value is for programs and never changes."""

    KEY_MISMATCH = "key-mismatch"
    """`m.room.policy` names us with a key that is not ours."""

    LEAKED_KEY = "leaked-key"
    """`m.room.policy` names us with a key of ours that others may know."""

    FORMER_KEY = "former-key"
    """`m.room.policy` names us with a key of ours that is being replaced."""

    NOT_NAMED = "not-named"
    """`m.room.policy` is absent or names another server."""

    MANAGEMENT_ENCRYPTED = "management-encrypted"
    """The settings name the room as a management room, and it is encrypted."""

    KICKED = "kicked"
    """Our user was removed from the room."""

    BANNED = "banned"
    """Our user was banned from the room."""

    ACL_DENIED = "acl-denied"
    """The room's server ACL denies our own server."""

    PARTIALLY_VERIFIED = "partially-verified"
    """Some of the room's state could not be verified when we joined."""

    SAID_TO_BE_REMOVED = "said-to-be-removed"
    """Servers of the room say that our user is not in it, but we received no such event."""

    STATE_DISPUTED = "state-disputed"
    """Servers of the room disagree with each other, or with us, on important state."""

    UNCONFIRMED = "unconfirmed"
    """No server of the room answers state checks."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert about a room for the operator, logged once.

    Attributes:
        kind: the kind, for programs.
        message: a sentence for people; may contain text from other servers.
        remedy: what to do about it.
    """

    kind: AlertKind
    message: str
    remedy: str


def find_alerts(
    state: RoomState,
    *,
    membership: Membership,
    note: str,
    identity: Identity,
    doubts: Sequence[Alert] = (),
    is_list: bool = False,
    is_management: bool = False,
    is_chat: bool = False,
) -> tuple[Alert, ...]:
    """Return all present alerts about a room.

    Args:
        state: the room's state as far as we follow it.
        membership: our user's membership.
        note: see `StoredRoom.note`; for a joined room, what could not be verified.
        identity: our server, user and keys.
        doubts: alerts from state checks; ignored unless we are joined.
        is_list: we follow it as a policy list, so it need not name us.
        is_management: the settings name it as a management room, so it need not name us.
        is_chat: it is a direct chat with our user, so it need not name us.
    """
    need_not_name_us = is_list or is_management or is_chat
    alerts = tuple(
        alert
        for alert in _alerts(state, membership, note, identity)
        if not (need_not_name_us and alert.kind is AlertKind.NOT_NAMED)
    )
    if is_management and membership == "joined" and state.is_encrypted:
        alerts = (*alerts, _MANAGEMENT_ENCRYPTED)
    return (*alerts, *doubts) if membership == "joined" else alerts


def said_to_be_removed(servers: Sequence[str], identity: Identity) -> Alert:
    """Return the alert that these servers say our user is not in the room."""
    return Alert(
        AlertKind.SAID_TO_BE_REMOVED,
        f"{_named(servers)} say that {identity.user_id} is not in the room, and we have seen no "
        "event that removed it",
        "It may have been kicked, or its server shut out, while this server was away. If that is "
        "meant, leave the room (--force); otherwise have it invited again: countersign rooms "
        "rejoin ROOM_ID",
    )


def state_disputed(event_type: str, servers: Sequence[str]) -> Alert:
    """Return the alert that these servers have another event for a piece of the room's state."""
    return Alert(
        AlertKind.STATE_DISPUTED,
        f"{_named(servers)} have another {event_type} in the room than we follow",
        f"Nothing if it passes within the hour. Otherwise a moderator sends {event_type} once "
        "more, which every server then takes.",
    )


def unconfirmed(reasons: str) -> Alert:
    """Return the alert that no server answered; `reasons` names those that were asked."""
    return Alert(
        AlertKind.UNCONFIRMED,
        f"no server of the room tells us how things stand there, so what we know may be old: "
        f"{reasons}",
        "Nothing if those servers are down; it is tried again. Otherwise look whether this machine "
        "can reach them: countersign doctor",
    )


def unverified_note(servers: Sequence[str], event_count: int) -> str:
    """Return the note that `event_count` events of these servers could not be verified."""
    if not servers:
        return ""
    return (
        f"{event_count:,} state events were left out because the keys of {_named(servers)} are "
        "missing"
    )


def _named(servers: Sequence[str]) -> str:
    named = ", ".join(servers[:_SERVERS_NAMED])
    if len(servers) > _SERVERS_NAMED:
        named += f" and {len(servers) - _SERVERS_NAMED} more"
    return named


def _alerts(
    state: RoomState, membership: Membership, note: str, identity: Identity
) -> Iterator[Alert]:
    match membership:
        case "joined":
            yield from _policy_alerts(state, identity)
            yield from _acl_alerts(state, identity)
            if note:
                yield _partially_verified(note)
        case "kicked":
            yield Alert(
                AlertKind.KICKED,
                f"{identity.user_id} was removed from the room: {note}",
                f"Nothing is checked there any more. If that is not meant, have "
                f"{identity.user_id} invited again.",
            )
        case "banned":
            yield Alert(
                AlertKind.BANNED,
                f"{identity.user_id} was banned from the room: {note}",
                f"Nothing is checked there any more. If that is not meant, have the ban of "
                f"{identity.user_id} lifted, then have it invited again.",
            )
        case "left":
            return


def _policy_alerts(state: RoomState, identity: Identity) -> Iterator[Alert]:
    policy = state.room_policy
    key = identity.policy_key.verify_key
    content = json.dumps(room_policy_content(identity.server_name, key))
    remedy = (
        "A moderator sends the state event m.room.policy, with an empty state key and this "
        f"content: {content}"
    )
    if policy is None or policy.via != identity.server_name:
        yield _not_named(policy, remedy)
        return
    listed = identity.find_listed_key(policy)
    if listed is None:
        yield Alert(
            AlertKind.KEY_MISMATCH,
            f"the room's m.room.policy names us with a key that is not ours, {policy.raw_key:.64}: "
            "what we sign counts for nothing, and every message there fails",
            f"At once: {remedy}",
        )
    elif listed in identity.leaked_policy_keys:
        yield Alert(
            AlertKind.LEAKED_KEY,
            "the room's m.room.policy names us with a policy key that leaked: whoever has it can "
            "have anything pass there",
            f"At once: {remedy}",
        )
    elif listed in identity.former_policy_keys:
        yield Alert(
            AlertKind.FORMER_KEY,
            "the room's m.room.policy names us with a former policy key, which still signs there",
            f"Before that key is retired: {remedy}",
        )


def _not_named(policy: RoomPolicy | None, remedy: str) -> Alert:
    if policy is None:
        return Alert(
            AlertKind.NOT_NAMED,
            "the room has no m.room.policy yet, so its servers do not ask us",
            remedy,
        )
    return Alert(
        AlertKind.NOT_NAMED,
        f"the room's m.room.policy names another server, {policy.via}",
        f"Leave the room if that is meant. Otherwise: {remedy}",
    )


def _acl_alerts(state: RoomState, identity: Identity) -> Iterator[Alert]:
    if state.acl is not None and not state.acl.allows(identity.server_name):
        yield Alert(
            AlertKind.ACL_DENIED,
            f"the room's server ACL shuts out our own server, {identity.server_name}",
            f"A moderator allows {identity.server_name} in m.room.server_acl.",
        )


def _partially_verified(note: str) -> Alert:
    return Alert(
        AlertKind.PARTIALLY_VERIFIED,
        f"the room's state is known only in part: {note}",
        "They are tried again for a while. What those servers' users hold (membership, power) "
        "counts as unknown; join again when their servers are back.",
    )


_MANAGEMENT_ENCRYPTED = Alert(
    AlertKind.MANAGEMENT_ENCRYPTED,
    "the settings name the room as a management room, and it is encrypted: our user can read no "
    "command there, and sends no alerts, which would be the only messages in clear",
    "Make an unencrypted room that only moderators may enter, and name it in the settings.",
)
