"""Schemas of known event types, as far as clients rely on them.

They are strict where another type of value breaks a client. Keys that are not named here may have
any value, and null counts as absent. Numbers may have fractions, as in rooms before version 6.

Spec: https://spec.matrix.org/v1.18/client-server-api/#room-events, and the proposals that clients
follow already
"""

from typing import Final

from countersign.policy.text.edits import EDIT_KEYS
from countersign.policy.text.shapes import Shape, keyed, list_of, object_of, object_with, of_type

STRING: Final = of_type(str)
_BOOLEAN: Final = of_type(bool)
_NUMBER: Final = of_type(int, float)
_ANY_OBJECT: Final = of_type(dict)
_STRINGS: Final = list_of(STRING)
MEDIUM: Final = Shape(frozenset({str}), prefix="mxc://")
# Texts of extensible events: a list, or a string in the first proposals.
_TEXTS: Final = Shape(frozenset({list, str}), items=object_with(body=STRING, mimetype=STRING))

_FILE: Final = object_with(
    "url", url=MEDIUM, key=_ANY_OBJECT, iv=STRING, hashes=_ANY_OBJECT, v=STRING
)
_INFO: Final = object_of(
    {
        **keyed(_NUMBER, "w", "h", "size", "duration"),
        **keyed(STRING, "mimetype", "thumbnail_url", "blurhash", "xyz.amorgan.blurhash"),
        "thumbnail_file": _FILE,
        "thumbnail_info": object_of(
            {**keyed(_NUMBER, "w", "h", "size"), "mimetype": STRING},
        ),
    }
)
RELATION: Final = object_of(
    {
        **keyed(STRING, "rel_type", "event_id", "key"),
        "is_falling_back": _BOOLEAN,
        "m.in_reply_to": object_with("event_id", event_id=STRING),
    }
)
"""Shape of `m.relates_to`, in events of every type."""

_EVERYWHERE: Final = {
    "m.relates_to": RELATION,
    "m.mentions": object_with(user_ids=_STRINGS, room=_BOOLEAN),
    **keyed(_TEXTS, "m.text", "org.matrix.msc1767.text", "org.matrix.msc1767.message"),
    **keyed(STRING, "m.html", "org.matrix.msc1767.html"),
    **keyed(
        _ANY_OBJECT,
        "m.file", "m.audio", "m.image", "m.video", "m.voice", "m.location", "m.asset",
        "org.matrix.msc1767.file", "org.matrix.msc1767.audio", "org.matrix.msc1767.image",
        "org.matrix.msc1767.video", "org.matrix.msc3245.voice", "org.matrix.msc3488.location",
        "org.matrix.msc3488.asset",
    ),
    **keyed(_NUMBER, "m.ts", "org.matrix.msc3488.ts"),
}  # fmt: skip

_MESSAGE_FIELDS: Final = {
    **_EVERYWHERE,
    **keyed(
        STRING,
        "msgtype", "body", "format", "formatted_body", "filename", "geo_uri", "url",
        "server_notice_type", "from_device", "to",
    ),
    "file": _FILE,
    "info": _INFO,
    "methods": _STRINGS,
}  # fmt: skip
_NEW_MESSAGE: Final = object_of(_MESSAGE_FIELDS, "msgtype", "body")
_MESSAGE: Final = object_of(
    {**_MESSAGE_FIELDS, **keyed(_NEW_MESSAGE, *EDIT_KEYS)}, "msgtype", "body"
)

_STICKER: Final = object_of(
    {**_EVERYWHERE, "body": STRING, "url": STRING, "file": _FILE, "info": _INFO}, "body"
)
_REACTION: Final = object_of(
    {"m.relates_to": RELATION._replace(required=("rel_type", "event_id", "key"))}, "m.relates_to"
)
_ENCRYPTED: Final = object_of(
    {
        "m.relates_to": RELATION,
        **keyed(STRING, "algorithm", "sender_key", "session_id", "device_id"),
        "ciphertext": of_type(str, dict),
    },
    "algorithm",
    "ciphertext",
)

_ANSWER: Final = object_of(
    {
        **keyed(STRING, "id", "m.id"),
        **keyed(_TEXTS, "m.text", "org.matrix.msc1767.text"),
    }
)
_POLL: Final = object_with(
    "question",
    "answers",
    question=object_of(
        {
            **keyed(_TEXTS, "m.text", "org.matrix.msc1767.text"),
            **keyed(STRING, "body", "msgtype"),
        }
    ),
    answers=list_of(_ANSWER),
    kind=STRING,
    max_selections=_NUMBER,
)
POLL_KEYS: Final = ("m.poll", "m.poll.start", "org.matrix.msc3381.poll.start")
"""Fields that hold a poll in an event that starts one."""

_POLL_FIELDS: Final = {**_EVERYWHERE, **keyed(_POLL, *POLL_KEYS)}
_POLL_START: Final = object_of({**_POLL_FIELDS, **keyed(object_of(_POLL_FIELDS), *EDIT_KEYS)})
_POLL_RESPONSE: Final = object_of(
    {
        **_EVERYWHERE,
        "m.selections": _STRINGS,
        **keyed(
            object_with(answers=_STRINGS), "m.poll.response", "org.matrix.msc3381.poll.response"
        ),
    },
    "m.relates_to",
)
_POLL_END: Final = object_of(_EVERYWHERE, "m.relates_to")

_SESSION: Final = object_with("type", "sdp", type=STRING, sdp=STRING)
_CALL: Final = object_of(
    {
        **_EVERYWHERE,
        **keyed(STRING, "call_id", "party_id", "invitee", "reason", "selected_party_id"),
        "version": of_type(str, int),
        "lifetime": _NUMBER,
        **keyed(_SESSION, "offer", "answer", "description"),
        "candidates": list_of(object_with(candidate=STRING, sdpMid=STRING, sdpMLineIndex=_NUMBER)),
        **keyed(_ANY_OBJECT, "capabilities", "sdp_stream_metadata"),
    },
    "call_id",
)

_RULE: Final = object_with(entity=STRING, reason=STRING, recommendation=STRING)

_MESSAGES: Final = {
    "m.room.message": _MESSAGE,
    "m.sticker": _STICKER,
    "m.reaction": _REACTION,
    "m.room.encrypted": _ENCRYPTED,
    "m.room.redaction": object_with(reason=STRING, redacts=STRING),
    **keyed(_POLL_START, "m.poll.start", "org.matrix.msc3381.poll.start"),
    **keyed(_POLL_RESPONSE, "m.poll.response", "org.matrix.msc3381.poll.response"),
    **keyed(_POLL_END, "m.poll.end", "org.matrix.msc3381.poll.end"),
    **keyed(
        _CALL,
        "m.call.invite", "m.call.candidates", "m.call.answer", "m.call.hangup", "m.call.reject",
        "m.call.select_answer", "m.call.negotiate", "m.call.sdp_stream_metadata_changed",
        "org.matrix.call.sdp_stream_metadata_changed",
    ),
    **keyed(object_of(_EVERYWHERE), "m.beacon", "org.matrix.msc3672.beacon"),
}  # fmt: skip
_STATE: Final = {
    "m.room.member": object_with(
        "membership",
        membership=STRING,
        displayname=STRING,
        avatar_url=STRING,
        reason=STRING,
        is_direct=_BOOLEAN,
        third_party_invite=_ANY_OBJECT,
        join_authorised_via_users_server=STRING,
    ),
    "m.room.name": object_with(name=STRING),
    "m.room.topic": object_of(
        {"topic": STRING, **keyed(object_of({"m.text": _TEXTS}), "m.topic")}
    ),
    "m.room.avatar": object_with(url=STRING, info=_INFO),
    "m.room.canonical_alias": object_with(alias=STRING, alt_aliases=_STRINGS),
    "m.room.pinned_events": object_with(pinned=_STRINGS),
    "m.room.join_rules": object_with(join_rule=STRING, allow=list_of(_ANY_OBJECT)),
    "m.room.history_visibility": object_with(history_visibility=STRING),
    "m.room.guest_access": object_with(guest_access=STRING),
    "m.room.server_acl": object_with(
        allow=_STRINGS, deny=_STRINGS, allow_ip_literals=_BOOLEAN
    ),
    "m.room.tombstone": object_with(body=STRING, replacement_room=STRING),
    "m.room.encryption": object_with(
        "algorithm",
        algorithm=STRING,
        rotation_period_ms=_NUMBER,
        rotation_period_msgs=_NUMBER,
    ),
    "m.room.third_party_invite": object_with(
        display_name=STRING, key_validity_url=STRING, public_key=STRING
    ),
    "m.space.child": object_with(via=_STRINGS, order=STRING, suggested=_BOOLEAN),
    "m.space.parent": object_with(via=_STRINGS, canonical=_BOOLEAN),
    **keyed(_RULE, "m.policy.rule.user", "m.policy.rule.room", "m.policy.rule.server"),
    **keyed(
        object_with(type=STRING, url=STRING, name=STRING, data=_ANY_OBJECT),
        "m.widget", "im.vector.modular.widgets",
    ),
    **keyed(
        object_with(description=STRING, live=_BOOLEAN, timeout=_NUMBER),
        "m.beacon_info", "org.matrix.msc3672.beacon_info",
    ),
    **keyed(
        object_of(
            {
                "images": _ANY_OBJECT,
                "pack": object_with(display_name=STRING, avatar_url=STRING, usage=_STRINGS),
            }
        ),
        "m.room.image_pack", "im.ponies.room_emotes",
    ),
}  # fmt: skip
SHAPES: Final = {**_MESSAGES, **_STATE}
OTHER: Final = object_of({"m.relates_to": RELATION})

# Message types only: clients would show a state event of these types in the timeline.
NEVER_STATE: Final = frozenset(_MESSAGES) - {"m.room.encrypted"}
ONLY_STATE: Final = frozenset(_STATE) | {
    "m.room.create", "m.room.power_levels", "m.room.aliases", "m.room.policy", "m.room.retention",
    "m.room.related_groups", "m.room.bot.options", "m.room.plumbing", "m.room.preview_urls",
    "m.room.slowmode", "m.bridge", "m.call.member", "m.rtc.slot", "m.policy.rule",
    "m.room.rule.user", "m.room.rule.room", "m.room.rule.server", "org.matrix.mjolnir.rule.user",
    "org.matrix.mjolnir.rule.room", "org.matrix.mjolnir.rule.server",
    "org.matrix.msc4284.policy", "org.matrix.msc3401.call", "org.matrix.msc3401.call.member",
    "org.matrix.msc4143.rtc.slot", "org.matrix.msc3489.beacon_info", "org.matrix.room.preview_urls",
    "uk.half-shot.bridge", "io.element.functional_members", "io.element.widgets.layout",
    "io.element.voice_broadcast_info",
}  # fmt: skip
"""Types of state events only; clients take a message of these types for state."""

WITH_MEDIUM: Final = frozenset({"m.image", "m.video", "m.audio", "m.file"})
POLL_STARTS: Final = frozenset({"m.poll.start", "org.matrix.msc3381.poll.start"})

KNOWN_TYPES: Final = frozenset(SHAPES) | {
    "m.room.create", "m.room.power_levels", "m.room.aliases", "m.room.policy", "m.room.retention",
    "m.room.related_groups", "m.room.bot.options", "m.room.plumbing", "m.policy.rule",
    "m.call.member", "m.call.notify", "m.rtc.member", "m.rtc.slot", "m.rtc.notification",
    "m.rtc.decline", "m.rtc.encryption_keys", "m.call.encryption_keys", "m.call.replaces",
    "m.call.asserted_identity", "m.bridge", "m.voice", "m.room.preview_urls",
    "m.key.verification.start", "m.key.verification.ready", "m.key.verification.accept",
    "m.key.verification.key", "m.key.verification.mac", "m.key.verification.cancel",
    "m.key.verification.done", "m.key.verification.request",
    "org.matrix.msc4284.policy", "org.matrix.msc3401.call", "org.matrix.msc3401.call.member",
    "org.matrix.msc4143.rtc.member", "org.matrix.msc4143.rtc.slot",
    "org.matrix.msc4075.rtc.notification", "org.matrix.msc4075.call.notify",
    "org.matrix.msc4310.rtc.decline", "io.element.call.encryption_keys", "io.element.call.reaction",
    "io.element.functional_members", "org.matrix.room.preview_urls", "uk.half-shot.bridge",
    "io.element.widgets.layout", "org.matrix.msc2716.marker", "io.element.voice_broadcast_info",
}  # fmt: skip
"""Event types of the specification, and of proposals that clients follow already."""

KNOWN_MESSAGE_TYPES: Final = frozenset(
    {
        "m.text", "m.emote", "m.notice", "m.image", "m.file", "m.audio", "m.video", "m.location",
        "m.server_notice", "m.key.verification.request", "m.gallery", "dm.filament.gallery",
        "nic.custom.confetti", "nic.custom.fireworks", "io.element.effect.hearts",
        "io.element.effect.rainfall", "io.element.effect.snowfall",
        "io.element.effects.space_invaders",
    }
)  # fmt: skip
"""Message types of the specification, and some that clients send."""
