"""Our own membership events: what we take from a resident server's template, and what never.

A template is written by a stranger, and our signature makes it ours. So the event is built here
from nothing; the template gives only the event's place in the room's graph.
"""

from dataclasses import dataclass
from typing import Any, Literal

from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import ProtocolError
from countersign.protocol.event_signatures import hash_and_sign_event
from countersign.protocol.events import Pdu, parse_pdu
from countersign.protocol.hashes import content_hash
from countersign.protocol.identifiers import is_user_id, server_name_of
from countersign.protocol.room_versions import RoomVersionRules
from countersign.service.handshakes import AnswerUntrustworthy
from countersign.service.identity import Identity

OwnMembership = Literal["join", "leave"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The little that we take from a template; its shape is checked with the event made of it.

    Args:
        auth_events: what should be references in the form of the room version.
        prev_events: likewise.
        depth: what should be the new event's depth.
        authorised_by: the resident user who vouches for a restricted join, or None.
    """

    auth_events: list[Any]
    prev_events: list[Any]
    depth: Any
    authorised_by: str | None


def parse_template(
    answer: JsonObject,
    *,
    room_id: str,
    user_id: str,
    membership: OwnMembership,
    rules: RoomVersionRules,
    resident: str,
) -> Template:
    """Read what `make_join` or `make_leave` answered.

    Args:
        answer: the whole answer.
        room_id: the room that we asked for.
        user_id: our user.
        membership: what we asked for.
        rules: the version that the room is said to have.
        resident: the server that answered.

    Raises:
        AnswerUntrustworthy: it is a template of something else, or misshapen.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1make_joinroomiduserid
    """
    event = answer.get("event")
    if not isinstance(event, dict):
        raise AnswerUntrustworthy("its template is not a JSON object")
    content = event.get("content")
    if not isinstance(content, dict):
        raise AnswerUntrustworthy("its template has no content")
    # A template of anything but what we asked for is an attempt to have us sign something else.
    for found, key, expected in (
        (event.get("type"), "type", "m.room.member"),
        (event.get("room_id"), "room_id", room_id),
        (event.get("sender"), "sender", user_id),
        (event.get("state_key"), "state_key", user_id),
        (content.get("membership"), "membership", membership),
    ):
        if found != expected:
            raise AnswerUntrustworthy(f"its template has another {key} than we asked for")
    return Template(
        auth_events=_references(event, "auth_events", rules),
        prev_events=_references(event, "prev_events", rules),
        depth=event.get("depth"),
        authorised_by=_authorised_by(content, rules, resident) if membership == "join" else None,
    )


def build_membership_event(
    template: Template,
    *,
    room_id: str,
    membership: OwnMembership,
    rules: RoomVersionRules,
    identity: Identity,
    origin_server_ts: int,
) -> Pdu:
    """Return our membership event, hashed and signed with the server key.

    Args:
        template: its place in the room's graph.
        room_id: the room.
        membership: what our user does.
        rules: the room's version.
        identity: our user and key.
        origin_server_ts: now, in ms since the epoch.

    Raises:
        AnswerUntrustworthy: no valid event can be made of this template.
    """
    content: JsonObject = {"membership": membership}
    if membership == "join" and identity.display_name is not None:
        content["displayname"] = identity.display_name
    if template.authorised_by is not None:
        content["join_authorised_via_users_server"] = template.authorised_by
    event: JsonObject = {
        "type": "m.room.member",
        "room_id": room_id,
        "sender": identity.user_id,
        "state_key": identity.user_id,
        "content": content,
        "origin_server_ts": origin_server_ts,
        "auth_events": template.auth_events,
        "prev_events": template.prev_events,
        "depth": template.depth,
    }
    try:
        if rules.sender_chooses_event_id:
            event["event_id"] = _own_event_id(event, rules, identity.server_name)
        signed = hash_and_sign_event(event, rules, identity.server_name, identity.server_key)
        return parse_pdu(signed, rules)
    except ProtocolError as error:
        raise AnswerUntrustworthy(f"no valid event follows from its template: {error}") from error


def _own_event_id(event: JsonObject, rules: RoomVersionRules, server_name: str) -> str:
    # The moment and the place in the graph make it unique, so no chance is needed.
    return f"${unpadded_base64.encode_url_safe(content_hash(event, rules))}:{server_name}"


def _references(event: JsonObject, key: str, rules: RoomVersionRules) -> list[Any]:
    found = event.get(key)
    if not isinstance(found, list):
        raise AnswerUntrustworthy(f"its template's {key} is not a list")
    if rules.sender_chooses_event_id:
        return [_hashed_reference(reference, key) for reference in found]
    return list(found)


def _hashed_reference(reference: Any, key: str) -> list[Any]:
    """Copy a reference of room versions 1 and 2, `[event ID, {"sha256": hash}]`, and no more."""
    match reference:
        case [str(event_id), {"sha256": str(sha256)}]:
            return [event_id, {"sha256": sha256}]
    raise AnswerUntrustworthy(f"its template's {key} are not pairs of event ID and hash")


def _authorised_by(content: JsonObject, rules: RoomVersionRules, resident: str) -> str | None:
    found = content.get("join_authorised_via_users_server")
    if found is None or not rules.restricted_joins:
        return None
    if not isinstance(found, str) or not is_user_id(found) or server_name_of(found) != resident:
        raise AnswerUntrustworthy("its template is authorised by no user of its own")
    return found
