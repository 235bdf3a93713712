"""List of all tables: their data of rooms, and what erasure does with them.

A test compares this list with the schema. A new table has to be entered here: in `OF_ROOMS` with
the condition for a room's rows, or in `OF_NO_ROOM`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from countersign.adapters.sql.privacy.declared_rows import EXPORTED_DECISIONS
from countersign.adapters.sql.privacy.tables import DeclaredTable, Erasing

_DECIDED: Final = (
    "SELECT key FROM decisions WHERE room = (SELECT number FROM names WHERE name = :room_id)"
)
_ROOM: Final = "(SELECT number FROM rooms WHERE room_id = :room_id)"
_LEFT: Final = (
    "(SELECT number FROM rooms WHERE room_id = :room_id AND membership NOT IN ('joined'))"
)
_GOES_WITH_US: Final = "it is needed while our user is in the room; leave it, and erase again"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTable(DeclaredTable):
    """A table that holds data of rooms; `about` is for the rows of the room `:room_id`.

    Attributes:
        deleted: the condition for the rows that are deleted; empty for all that belong to the room.
    """

    deleted: str = ""


OF_ROOMS: Final = (
    # Rows that are found by the keys of decisions are deleted first.
    RoomTable(
        name="evidence",
        contents="the texts of refused events",
        about=f"key IN ({_DECIDED})",
    ),
    RoomTable(
        name="allowances",
        contents="whose refused words moderators let pass",
        about=f"reference IN (SELECT reference FROM outcomes WHERE key IN ({_DECIDED}))",  # noqa: S608
    ),
    RoomTable(
        name="outcomes",
        contents="what people did about decisions",
        about=f"key IN ({_DECIDED})",
    ),
    RoomTable(
        name="reviews",
        contents="which refusals moderators looked at",
        about=f"key IN ({_DECIDED})",
    ),
    RoomTable(
        name="appeals",
        contents="appeals against refusals, and what moderators noted about them",
        about="room_id = :room_id",
    ),
    RoomTable(
        name="reports",
        contents="reports of events by members of the room",
        about="room_id = :room_id",
    ),
    RoomTable(
        name="hand_overs",
        contents="who was told of leaks",
        about="leak IN (SELECT number FROM leaks WHERE room_id = :room_id)",
        erasing=Erasing.SPECIAL,
        kept_because="it goes with its leak",
    ),
    RoomTable(
        name="leaks",
        contents="refused events that reached the room",
        about="room_id = :room_id",
        erasing=Erasing.SPECIAL,
        kept_because="a leak stays while somebody is still to be told of it; erase again later",
    ),
    RoomTable(
        name="decisions",
        contents="the verdicts on the room's events",
        about="room = (SELECT number FROM names WHERE name = :room_id)",
        erasing=Erasing.SPECIAL,
        kept_because="only key, verdict, policy revision, room and day are left of them",
    ),
    RoomTable(
        name="unverified_state",
        contents="state events of the room that are still to be verified",
        about=f"room = {_ROOM}",
        deleted=f"room = {_LEFT}",
        kept_because=_GOES_WITH_US,
    ),
    RoomTable(
        name="room_state",
        contents="the state of the room: members, names, power levels, policy lists",
        about=f"room = {_ROOM}",
        deleted=f"room = {_LEFT}",
        kept_because=_GOES_WITH_US,
    ),
    RoomTable(
        name="rooms",
        contents="that this server is or was in the room",
        about="room_id = :room_id",
        deleted=f"number = {_LEFT}",
        kept_because=_GOES_WITH_US,
    ),
    RoomTable(
        name="chats",
        contents="that the room is a direct chat with our user",
        about="room_id = :room_id",
        erasing=Erasing.KEEP,
        kept_because="it goes when our user leaves, with all that is kept of the room",
    ),
    RoomTable(
        name="joins_under_way",
        contents="a join that is under way",
        about="room_id = :room_id",
        erasing=Erasing.KEEP,
        kept_because="it goes when the join has ended",
    ),
    RoomTable(
        name="received_events",
        contents="events that wait for the process that leads",
        about="room_id = :room_id",
        erasing=Erasing.KEEP,
        kept_because="they go within seconds, once they are followed",
    ),
    RoomTable(
        name="own_redactions",
        contents="our user's events in the room",
        about="room_id = :room_id",
        erasing=Erasing.KEEP,
        kept_because=(
            "a redaction names the redacted event by its ID and nobody by name; messages stay for "
            "a day, until every server had time to take them"
        ),
    ),
    RoomTable(
        name="management_messages",
        contents="IDs of our own messages in the room",
        about="room_id = :room_id",
        erasing=Erasing.KEEP,
        kept_because="our user redacts them after 30 days, and needs the IDs until then",
    ),
    RoomTable(
        name="management_rooms",
        contents="that an alias of the settings names the room",
        about="room_id = :room_id",
        erasing=Erasing.KEEP,
        kept_because="the settings name it as a management room",
    ),
    RoomTable(
        name="command_descriptions",
        contents="that our user described its commands in the room",
        about="room_id = :room_id",
        erasing=Erasing.KEEP,
        kept_because="it names nobody, and tells which state event of ours stands",
    ),
    RoomTable(
        name="found_rooms",
        contents="which rooms an alias or a space of a policy means",
        about="name = :room_id OR instr(room_ids, :room_id) > 0",
        erasing=Erasing.KEEP,
        kept_because="a policy names it; take it out there",
    ),
    RoomTable(
        name="audit",
        contents="who changed what, and who read people's data",
        about="subject = :room_id OR instr(details, :room_id) > 0",
        erasing=Erasing.KEEP,
        kept_because=(
            "who changed what stays as long as retention.audit says; what it says of the room's "
            "decisions is emptied"
        ),
    ),
    RoomTable(
        name="access_tokens",
        contents="who may change and read what",
        about="instr(scopes, :room_id) > 0",
        erasing=Erasing.KEEP,
        kept_because="a name that had access is never given to somebody else",
    ),
    RoomTable(
        name="policy_documents",
        contents="policies, which may name rooms",
        about="instr(document, :room_bytes) > 0",
        erasing=Erasing.KEEP,
        kept_because="they are the operator's rules; a new version of the policy leaves a name out",
    ),
    RoomTable(
        name="names",
        contents="the room's ID, which verdicts refer to",
        about="name = :room_id",
        erasing=Erasing.KEEP,
        kept_because="the first verdict on an event stands for ever, with the room it was sent to",
    ),
)
"""Tables with data of rooms, in the order in which they are erased."""

_OF_COMMUNITIES: Final = "it belongs to a whole community: countersign community erase"

OF_NO_ROOM: Final[Mapping[str, str]] = MappingProxyType(
    {
        "acquaintances": _OF_COMMUNITIES,
        "browser_sign_ins": "of no room; for five minutes",
        "dashboard_sessions": "of no room; notices may name one, for twelve hours at most",
        "ended_sessions": "of no room; for twelve hours",
        "sign_in_attempts": "of no room; for five minutes",
        "used_openid_tokens": "of no room; for thirty days",
        "confirmations": "an erasure of a room names it until it is done, for a day at most",
        "bad_indicators": _OF_COMMUNITIES,
        "dropped_steps": _OF_COMMUNITIES,
        "mutes": _OF_COMMUNITIES,
        "policies_in_force": _OF_COMMUNITIES,
        "policy_changes": _OF_COMMUNITIES,
        "policy_steps": _OF_COMMUNITIES,
        "posted_indicators": _OF_COMMUNITIES,
        "raids": _OF_COMMUNITIES,
        "changes": "numbers",
        "leases": "the name of a process",
        "found_names": "labels of steps and names of filters; rows go with a decision's details",
        "found_scores": "numbers; rows go with a decision's details",
        "found_until": "a number",
        "frozen_actors": "who may act no more, anywhere",
        "management_heeded": "IDs of events, for three days",
        "redactions_sent": "names of servers",
        "retention_cut_offs": "moments",
        "schema_compatibility": "a number",
        "server_keys": "names and keys of servers",
    }
)


def export_query(table: RoomTable) -> str:
    """Return the query for the first `:limit` rows that belong to the room `:room_id`."""
    if table.name == "decisions":
        return f"{EXPORTED_DECISIONS} WHERE room_id = :room_id LIMIT :limit"
    # The names are those of our own schema.
    return f"SELECT * FROM {table.name} WHERE {table.about} LIMIT :limit"  # noqa: S608
