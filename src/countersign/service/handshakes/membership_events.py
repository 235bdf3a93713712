"""Our own membership events, built from a resident server's template.

Another server writes the template, and we sign the event. So the event is built here from scratch;
only its place in the room's graph comes from the template.
"""

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import ProtocolError
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.identifiers import is_user_id, server_name_of
from countersign.protocol.room_versions import RoomVersionRules
from countersign.service.handshakes.event_templates import OwnMembership, references, template_of
from countersign.service.handshakes.own_events import sign_own_event
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.identity import Identity


def build_membership_event(
    answer: JsonObject,
    *,
    room_id: str,
    membership: OwnMembership,
    rules: RoomVersionRules,
    resident: str,
    identity: Identity,
    origin_server_ts: int,
) -> Pdu:
    """Return our membership event, hashed and signed with the server key.

    Args:
        answer: the whole answer to `make_join` or `make_leave`.
        room_id: the room that we asked for.
        membership: the membership that we asked for.
        rules: the claimed version of the room.
        resident: the server that answered.
        identity: our user and key.
        origin_server_ts: now, in ms since the epoch.

    Raises:
        AnswerUntrustworthy: it is a template of another event, or results in an invalid event.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1make_joinroomiduserid
    """
    template, offered = template_of(answer, room_id, identity.user_id, membership)
    content: JsonObject = {"membership": membership}
    if membership == "join":
        content |= _join_content(offered, rules, resident, identity)
    # The template's depth is copied unchecked: the whole event is validated afterwards.
    event: JsonObject = {
        "type": "m.room.member",
        "room_id": room_id,
        "sender": identity.user_id,
        "state_key": identity.user_id,
        "content": content,
        "origin_server_ts": origin_server_ts,
        "auth_events": references(template, "auth_events", rules),
        "prev_events": references(template, "prev_events", rules),
        "depth": template.get("depth"),
    }
    try:
        return sign_own_event(event, rules, identity)
    except ProtocolError as error:
        raise AnswerUntrustworthy(f"no valid event follows from its template: {error}") from error


def _join_content(
    offered: JsonObject, rules: RoomVersionRules, resident: str, identity: Identity
) -> JsonObject:
    """Return the content of a join beside its membership: display name, and authorising user."""
    content: JsonObject = {}
    if identity.display_name is not None:
        content["displayname"] = identity.display_name
    authoriser = _authorised_by(offered, rules, resident)
    if authoriser is not None:
        content["join_authorised_via_users_server"] = authoriser
    return content


def _authorised_by(content: JsonObject, rules: RoomVersionRules, resident: str) -> str | None:
    user_id = content.get("join_authorised_via_users_server")
    if user_id is None or not rules.restricted_joins:
        return None
    if (
        not isinstance(user_id, str)
        or not is_user_id(user_id)
        or server_name_of(user_id) != resident
    ):
        raise AnswerUntrustworthy("its template is authorised by no user of its own")
    return user_id
