"""Simplified authorisation rules, applied to the current state of a room.

Homeservers authorise an event against the state in its `auth_events`, which is not available here.
Signatures are not checked.

Spec: https://spec.matrix.org/v1.18/rooms/v12/#authorisation-rules and those of each room version
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.identifiers import is_user_id
from countersign.protocol.room_versions import RoomVersionRules
from countersign.protocol.rooms.power_levels import PowerLevels, are_well_formed


class Sendable(Protocol):
    """Event for the rules: a `Pdu` or a `StateEvent`."""

    @property
    def type(self) -> str:
        """The event type."""

    @property
    def sender(self) -> str:
        """The sender's user ID."""

    @property
    def state_key(self) -> str | None:
        """The state key; None if it is no state event."""

    @property
    def content(self) -> JsonObject:
        """The content, not validated."""


class RoomView(Protocol):
    """The state of a room for the rules; `RoomState` implements it."""

    @property
    def rules(self) -> RoomVersionRules:
        """The rules of the room's version."""

    @property
    def creators(self) -> frozenset[str]:
        """The user IDs with the power of a creator, where the room version has them."""

    @property
    def join_rule(self) -> str:
        """The join rule, `invite` if there is none."""

    @property
    def members(self) -> Collection[str]:
        """The user IDs that have a membership event."""

    @property
    def power_levels(self) -> PowerLevels:
        """The power levels, with the defaults of the room version."""

    @property
    def third_party_invites(self) -> Mapping[str, JsonObject]:
        """The contents of the third-party invites in the current state, by token."""

    def find(self, event_type: str, state_key: str = "") -> Sendable | None:
        """Return the state event, or None."""

    def membership_of(self, user_id: str) -> str:
        """Return the membership, `leave` for unknown users."""


def may_send(room: RoomView, event: Sendable) -> bool:
    """Return True if the authorisation rules allow this event in this room."""
    if event.type == "m.room.create":
        return room.find("m.room.create") is None
    if not _federates_with(room, event.sender):
        return False
    if event.type == "m.room.member":
        return _may_set_membership(room, event)
    if room.membership_of(event.sender) != "join":
        return False
    levels = room.power_levels
    power = levels.user_level(event.sender)
    if event.type == "m.room.third_party_invite":
        return power >= levels.invite
    if power < levels.send_level(event.type, is_state=event.state_key is not None):
        return False
    if (event.state_key or "").startswith("@") and event.state_key != event.sender:
        return False
    return event.type != "m.room.power_levels" or _may_set_power_levels(room, event)


def may_redact(room: RoomView, user_id: str) -> bool:
    """Return True if a user may redact events of others.

    Since room version 3 every redaction that may be sent is accepted, but it has no effect without
    this right.

    Spec: https://spec.matrix.org/v1.18/rooms/v3/#handling-redactions
    """
    levels = room.power_levels
    return levels.user_level(user_id) >= levels.redact and _may_send_redactions(room, user_id)


def may_redact_event_of(room: RoomView, user_id: str, sender: str) -> bool:
    """Return True if a redaction by `user_id` hides an event that `sender` sent.

    It does if its sender may redact events of others, or is a user of the same server.

    Spec: https://spec.matrix.org/v1.18/rooms/v3/#handling-redactions
    """
    if user_id.partition(":")[2] == sender.partition(":")[2]:
        return _may_send_redactions(room, user_id)
    return may_redact(room, user_id)


def _may_send_redactions(room: RoomView, user_id: str) -> bool:
    levels = room.power_levels
    return (
        room.membership_of(user_id) == "join"
        and levels.user_level(user_id) >= levels.send_level("m.room.redaction", is_state=False)
        and _federates_with(room, user_id)
    )


def _federates_with(room: RoomView, user_id: str) -> bool:
    create = room.find("m.room.create")
    if create is None or create.content.get("m.federate") is not False:
        return True
    return user_id.partition(":")[2] == create.sender.partition(":")[2]


def _may_set_power_levels(room: RoomView, event: Sendable) -> bool:
    if not are_well_formed(event.content, room.creators, room.rules):
        return False
    if room.find("m.room.power_levels") is None:
        return True
    proposed = PowerLevels.parse(event.content, room.creators, room.rules)
    return room.power_levels.may_become(proposed, event.sender)


def _may_set_membership(room: RoomView, event: Sendable) -> bool:
    target = event.state_key
    if target is None or not is_user_id(target):
        return False
    match event.content.get("membership"):
        case "join":
            return target == event.sender and _may_join(room, target, event.content)
        case "knock":
            return target == event.sender and _may_knock(room, target)
        case "invite" if "third_party_invite" in event.content:
            return _may_invite_by_third_party(room, event, target)
        case "invite":
            return _may_invite(room, event.sender) and (
                room.membership_of(target) not in ("join", "ban")
            )
        case "leave" if target == event.sender:
            return _may_leave(room, target)
        case "leave":
            return _may_remove(room, event.sender, target, room.power_levels.kick) and (
                room.membership_of(target) != "ban"
                or room.power_levels.user_level(event.sender) >= room.power_levels.ban
            )
        case "ban":
            return _may_remove(room, event.sender, target, room.power_levels.ban)
        case _:
            return False


def _may_join(room: RoomView, user_id: str, content: JsonObject) -> bool:
    create = room.find("m.room.create")
    if create is not None and not room.members and user_id == create.sender:
        return True
    match room.membership_of(user_id), room.join_rule:
        case "ban", _:
            return False
        case _, "public":
            return True
        case "invite" | "join", "invite":
            return True
        case "invite" | "join", rule:
            return _knows_restricted(room, rule) or _knows_knock(room, rule)
        case _, rule:
            authoriser = content.get("join_authorised_via_users_server")
            return (
                _knows_restricted(room, rule)
                and isinstance(authoriser, str)
                and _may_invite(room, authoriser)
            )


def _may_knock(room: RoomView, user_id: str) -> bool:
    return _knows_knock(room, room.join_rule) and (
        room.membership_of(user_id) not in ("ban", "invite", "join")
    )


def _may_invite(room: RoomView, user_id: str) -> bool:
    return (
        room.membership_of(user_id) == "join"
        and room.power_levels.user_level(user_id) >= room.power_levels.invite
    )


def _may_invite_by_third_party(room: RoomView, event: Sendable, target: str) -> bool:
    invite: Any = event.content.get("third_party_invite")
    signed: Any = invite.get("signed") if isinstance(invite, dict) else None
    token = signed.get("token") if isinstance(signed, dict) else None
    if not isinstance(token, str) or signed.get("mxid") != target:
        return False
    standing = room.find("m.room.third_party_invite", token)
    return (
        standing is not None
        and token in room.third_party_invites
        and standing.sender == event.sender
        and room.membership_of(target) != "ban"
    )


def _may_leave(room: RoomView, user_id: str) -> bool:
    membership = room.membership_of(user_id)
    return membership in ("invite", "join") or (membership == "knock" and room.rules.knocking)


def _may_remove(room: RoomView, sender: str, target: str, demanded: int) -> bool:
    power = room.power_levels.user_level(sender)
    return (
        room.membership_of(sender) == "join"
        and power >= demanded
        and room.power_levels.user_level(target) < power
    )


def _knows_knock(room: RoomView, join_rule: str) -> bool:
    return (join_rule == "knock" and room.rules.knocking) or (
        join_rule == "knock_restricted" and room.rules.knock_restricted
    )


def _knows_restricted(room: RoomView, join_rule: str) -> bool:
    return (join_rule == "restricted" and room.rules.restricted_joins) or (
        join_rule == "knock_restricted" and room.rules.knock_restricted
    )
