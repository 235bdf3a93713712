"""Room versions 1 to 12 as data: each is its predecessor with the changes that it made.

Spec: https://spec.matrix.org/v1.18/rooms/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, unique
from types import MappingProxyType
from typing import Final

from countersign.protocol.errors import UnsupportedRoomVersion


@unique
class EventIdFormat(Enum):
    """Format of event IDs."""

    SENDER_CHOSEN = "$opaque:domain"
    """The sender writes it into the event (rooms 1 and 2)."""

    HASH = "$ and the reference hash, standard base64"
    """Room 3."""

    HASH_URL_SAFE = "$ and the reference hash, URL-safe base64"
    """Rooms since version 4."""

    __hash__ = object.__hash__  # an enumeration's own is slow, and each event asks several times


# Identity is equality: there is one object a version.
@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class RoomVersionRules:
    """Differences between room versions.

    Attributes:
        identifier: the version as `m.room.create` names it.
        event_id_format: where event IDs come from.
        kept_keys: the keys of an event that survive its redaction.
        kept_content_keys: by event type, the keys of `content` that survive redaction.
        keeps_create_content: redaction leaves the content of `m.room.create` whole (11).
        keeps_third_party_signed: redaction leaves `third_party_invite.signed` of members (11).
        strict_key_validity: a signature needs a key that was valid at `origin_server_ts` (5).
        strict_json: all numbers must be integers within ±(2^53-1) (6).
        knocking: the join rule `knock` and the membership `knock` exist (7).
        restricted_joins: the join rule `restricted` exists (8).
        knock_restricted: the join rule `knock_restricted` exists (10).
        integer_power_levels: power levels may not be strings (10).
        redacts_in_content: `redacts` of `m.room.redaction` is in `content` (11).
        implicit_creator: the room's creator is the sender of `m.room.create` (11).
        room_id_is_create_hash: the room ID is the event ID of `m.room.create` with `!` (12).
        privileged_creators: creators have a power level above all others (12).
        sender_chooses_event_id: events carry an `event_id`, and references to events carry hashes
            (1 and 2).
    """

    identifier: str
    event_id_format: EventIdFormat
    kept_keys: frozenset[str]
    kept_content_keys: Mapping[str, tuple[str, ...]]
    keeps_create_content: bool = False
    keeps_third_party_signed: bool = False
    strict_key_validity: bool = False
    strict_json: bool = False
    knocking: bool = False
    restricted_joins: bool = False
    knock_restricted: bool = False
    integer_power_levels: bool = False
    redacts_in_content: bool = False
    implicit_creator: bool = False
    room_id_is_create_hash: bool = False
    privileged_creators: bool = False
    sender_chooses_event_id: bool = field(init=False)

    def __post_init__(self) -> None:
        """Derive `sender_chooses_event_id` once."""
        is_chosen = self.event_id_format is EventIdFormat.SENDER_CHOSEN
        object.__setattr__(self, "sender_chooses_event_id", is_chosen)

    def __repr__(self) -> str:
        return f"<room version {self.identifier}>"


def _content_keys(
    before: RoomVersionRules, changes: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({**before.kept_content_keys, **changes})


_POWER_LEVELS: Final = (
    "ban",
    "events",
    "events_default",
    "kick",
    "redact",
    "state_default",
    "users",
    "users_default",
)

V1: Final = RoomVersionRules(
    identifier="1",
    event_id_format=EventIdFormat.SENDER_CHOSEN,
    kept_keys=frozenset(
        {
            "event_id",
            "type",
            "room_id",
            "sender",
            "state_key",
            "content",
            "hashes",
            "signatures",
            "depth",
            "prev_events",
            "prev_state",
            "auth_events",
            "origin",
            "origin_server_ts",
            "membership",
        }
    ),
    kept_content_keys=MappingProxyType(
        {
            "m.room.member": ("membership",),
            "m.room.create": ("creator",),
            "m.room.join_rules": ("join_rule",),
            "m.room.power_levels": _POWER_LEVELS,
            "m.room.aliases": ("aliases",),
            "m.room.history_visibility": ("history_visibility",),
        }
    ),
)
V2: Final = replace(V1, identifier="2")
V3: Final = replace(V2, identifier="3", event_id_format=EventIdFormat.HASH)
V4: Final = replace(V3, identifier="4", event_id_format=EventIdFormat.HASH_URL_SAFE)
V5: Final = replace(V4, identifier="5", strict_key_validity=True)
V6: Final = replace(
    V5,
    identifier="6",
    strict_json=True,
    kept_content_keys=_content_keys(V5, {"m.room.aliases": ()}),
)
V7: Final = replace(V6, identifier="7", knocking=True)
V8: Final = replace(
    V7,
    identifier="8",
    restricted_joins=True,
    kept_content_keys=_content_keys(V7, {"m.room.join_rules": ("join_rule", "allow")}),
)
V9: Final = replace(
    V8,
    identifier="9",
    kept_content_keys=_content_keys(
        V8, {"m.room.member": ("membership", "join_authorised_via_users_server")}
    ),
)
V10: Final = replace(V9, identifier="10", knock_restricted=True, integer_power_levels=True)
V11: Final = replace(
    V10,
    identifier="11",
    redacts_in_content=True,
    implicit_creator=True,
    kept_keys=V10.kept_keys - {"origin", "membership", "prev_state"},
    kept_content_keys=_content_keys(
        V10,
        {"m.room.power_levels": (*_POWER_LEVELS, "invite"), "m.room.redaction": ("redacts",)},
    ),
    keeps_create_content=True,
    keeps_third_party_signed=True,
)
V12: Final = replace(V11, identifier="12", room_id_is_create_hash=True, privileged_creators=True)

ROOM_VERSIONS: Final[Mapping[str, RoomVersionRules]] = MappingProxyType(
    {rules.identifier: rules for rules in (V1, V2, V3, V4, V5, V6, V7, V8, V9, V10, V11, V12)}
)
"""Every room version that Countersign knows, by identifier, oldest first."""


def get_room_version(identifier: str) -> RoomVersionRules:
    """Return the rules of the room version that `identifier` names.

    Raises:
        UnsupportedRoomVersion: Countersign does not know it.
    """
    rules = ROOM_VERSIONS.get(identifier)
    if rules is None:
        raise UnsupportedRoomVersion("Countersign knows the room versions 1 to 12 only.")
    return rules
