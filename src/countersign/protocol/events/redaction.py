"""Redaction of events.

Signatures and event IDs cover the redacted event, so this is exact for every room version, and
defined for events of any shape.
"""

from typing import Any

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.room_versions import RoomVersionRules


def redact(event: JsonObject, rules: RoomVersionRules) -> JsonObject:
    """Return the redacted `event`, a new object that shares the kept values.

    `signatures` and `hashes` are kept, `unsigned` is not. Content that is not an object counts as
    empty.

    Spec:
        https://spec.matrix.org/v1.18/client-server-api/#redactions
        and the page of each room version, as https://spec.matrix.org/v1.18/rooms/v11/#redactions
    """
    kept_keys = rules.kept_keys
    redacted = {key: value for key, value in event.items() if key in kept_keys}
    if "content" in redacted:
        redacted["content"] = _redact_content(event.get("type"), event["content"], rules)
    return redacted


def _redact_content(event_type: Any, content: Any, rules: RoomVersionRules) -> JsonObject:
    if type(event_type) is not str or type(content) is not dict:
        return {}
    if event_type == "m.room.create" and rules.keeps_create_content:
        return dict(content)
    kept_keys = rules.kept_content_keys.get(event_type, ())
    redacted = {key: content[key] for key in kept_keys if key in content}
    if event_type == "m.room.member" and rules.keeps_third_party_signed:
        invite = content.get("third_party_invite")
        if type(invite) is dict:
            redacted["third_party_invite"] = {
                key: invite[key] for key in ("signed",) if key in invite
            }
    return redacted
