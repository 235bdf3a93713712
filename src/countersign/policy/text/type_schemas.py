"""The shapes of known event types: which JSON stands where, so far as clients rely on it.

Strict where something of another kind breaks a client, forgiving where something is added: a key
that is not named here may hold anything, and null stands for nothing. Numbers may have fractions,
as in rooms before version 6.

Spec: https://spec.matrix.org/v1.18/client-server-api/#room-events, and the proposals that clients
follow already
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from countersign.policy.document.mistakes import Path, listed
from countersign.policy.text.edits import EDIT_KEYS

_NO_FIELDS: Final[Mapping[str, "Shape"]] = MappingProxyType({})
_WORDS: Final[Mapping[type[Any], str]] = MappingProxyType(
    {
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
        dict: "an object",
        list: "a list",
        type(None): "null",
    }
)


class Shape(NamedTuple):
    """What may stand in one place.

    Attributes:
        types: the kinds of JSON, as Python reads them.
        prefix: how a string must begin.
        fields: of an object, the shapes by key; other keys may hold anything.
        required: of an object, the keys that must hold something.
        items: of a list, the shape of each item.
    """

    types: frozenset[type[Any]]
    prefix: str = ""
    fields: Mapping[str, "Shape"] = _NO_FIELDS
    required: tuple[str, ...] = ()
    items: "Shape | None" = None


class Fault(NamedTuple):
    """Where something else stands than may; `found` and `allowed` are words for people."""

    path: Path
    found: str
    allowed: str


def _of(*types: type[Any]) -> Shape:
    return Shape(frozenset(types))


def _list_of(items: Shape) -> Shape:
    return Shape(frozenset({list}), items=items)


def _object(*required: str, **fields: Shape) -> Shape:
    return _object_of(fields, *required)


def _object_of(fields: Mapping[str, Shape], *required: str) -> Shape:
    return Shape(frozenset({dict}), fields=MappingProxyType(dict(fields)), required=required)


def _keyed(shape: Shape, *keys: str) -> dict[str, Shape]:
    return dict.fromkeys(keys, shape)


_STRING: Final = _of(str)
_BOOLEAN: Final = _of(bool)
_NUMBER: Final = _of(int, float)
_ANY_OBJECT: Final = _of(dict)
_STRINGS: Final = _list_of(_STRING)
_MEDIUM: Final = Shape(frozenset({str}), prefix="mxc://")
# Of extensible events: a list of texts, which was a string in the first proposals.
_TEXTS: Final = Shape(frozenset({list, str}), items=_object(body=_STRING, mimetype=_STRING))

_FILE: Final = _object(
    "url", url=_MEDIUM, key=_ANY_OBJECT, iv=_STRING, hashes=_ANY_OBJECT, v=_STRING
)
_INFO: Final = _object_of(
    {
        **_keyed(_NUMBER, "w", "h", "size", "duration"),
        **_keyed(_STRING, "mimetype", "thumbnail_url", "blurhash", "xyz.amorgan.blurhash"),
        "thumbnail_file": _FILE,
        "thumbnail_info": _object_of(
            {**_keyed(_NUMBER, "w", "h", "size"), "mimetype": _STRING},
        ),
    }
)
RELATION: Final = _object_of(
    {
        **_keyed(_STRING, "rel_type", "event_id", "key"),
        "is_falling_back": _BOOLEAN,
        "m.in_reply_to": _object("event_id", event_id=_STRING),
    }
)
"""What `m.relates_to` holds, in events of every type."""

_EVERYWHERE: Final = {
    "m.relates_to": RELATION,
    "m.mentions": _object(user_ids=_STRINGS, room=_BOOLEAN),
    **_keyed(_TEXTS, "m.text", "org.matrix.msc1767.text", "org.matrix.msc1767.message"),
    **_keyed(_STRING, "m.html", "org.matrix.msc1767.html"),
    **_keyed(
        _ANY_OBJECT,
        "m.file", "m.audio", "m.image", "m.video", "m.voice", "m.location", "m.asset",
        "org.matrix.msc1767.file", "org.matrix.msc1767.audio", "org.matrix.msc1767.image",
        "org.matrix.msc1767.video", "org.matrix.msc3245.voice", "org.matrix.msc3488.location",
        "org.matrix.msc3488.asset",
    ),
    **_keyed(_NUMBER, "m.ts", "org.matrix.msc3488.ts"),
}  # fmt: skip

_MESSAGE_FIELDS: Final = {
    **_EVERYWHERE,
    **_keyed(
        _STRING,
        "msgtype", "body", "format", "formatted_body", "filename", "geo_uri", "url",
        "server_notice_type", "from_device", "to",
    ),
    "file": _FILE,
    "info": _INFO,
    "methods": _STRINGS,
}  # fmt: skip
_NEW_MESSAGE: Final = _object_of(_MESSAGE_FIELDS, "msgtype", "body")
_MESSAGE: Final = _object_of(
    {**_MESSAGE_FIELDS, **_keyed(_NEW_MESSAGE, *EDIT_KEYS)}, "msgtype", "body"
)

_STICKER: Final = _object_of(
    {**_EVERYWHERE, "body": _STRING, "url": _STRING, "file": _FILE, "info": _INFO}, "body"
)
_REACTION: Final = _object_of(
    {"m.relates_to": RELATION._replace(required=("rel_type", "event_id", "key"))}, "m.relates_to"
)
_ENCRYPTED: Final = _object_of(
    {
        "m.relates_to": RELATION,
        **_keyed(_STRING, "algorithm", "sender_key", "session_id", "device_id"),
        "ciphertext": _of(str, dict),
    },
    "algorithm",
    "ciphertext",
)

_ANSWER: Final = _object_of(
    {
        **_keyed(_STRING, "id", "m.id"),
        **_keyed(_TEXTS, "m.text", "org.matrix.msc1767.text"),
    }
)
_POLL: Final = _object(
    "question",
    "answers",
    question=_object_of(
        {
            **_keyed(_TEXTS, "m.text", "org.matrix.msc1767.text"),
            **_keyed(_STRING, "body", "msgtype"),
        }
    ),
    answers=_list_of(_ANSWER),
    kind=_STRING,
    max_selections=_NUMBER,
)
POLL_KEYS: Final = ("m.poll", "m.poll.start", "org.matrix.msc3381.poll.start")
"""Where a poll stands in the content of an event that starts one."""

_POLL_FIELDS: Final = {**_EVERYWHERE, **_keyed(_POLL, *POLL_KEYS)}
_POLL_START: Final = _object_of({**_POLL_FIELDS, **_keyed(_object_of(_POLL_FIELDS), *EDIT_KEYS)})
_POLL_RESPONSE: Final = _object_of(
    {
        **_EVERYWHERE,
        "m.selections": _STRINGS,
        **_keyed(_object(answers=_STRINGS), "m.poll.response", "org.matrix.msc3381.poll.response"),
    },
    "m.relates_to",
)
_POLL_END: Final = _object_of(_EVERYWHERE, "m.relates_to")

_SESSION: Final = _object("type", "sdp", type=_STRING, sdp=_STRING)
_CALL: Final = _object_of(
    {
        **_EVERYWHERE,
        **_keyed(_STRING, "call_id", "party_id", "invitee", "reason", "selected_party_id"),
        "version": _of(str, int),
        "lifetime": _NUMBER,
        **_keyed(_SESSION, "offer", "answer", "description"),
        "candidates": _list_of(_object(candidate=_STRING, sdpMid=_STRING, sdpMLineIndex=_NUMBER)),
        **_keyed(_ANY_OBJECT, "capabilities", "sdp_stream_metadata"),
    },
    "call_id",
)

_RULE: Final = _object(entity=_STRING, reason=_STRING, recommendation=_STRING)

_MESSAGES: Final = {
    "m.room.message": _MESSAGE,
    "m.sticker": _STICKER,
    "m.reaction": _REACTION,
    "m.room.encrypted": _ENCRYPTED,
    "m.room.redaction": _object(reason=_STRING, redacts=_STRING),
    **_keyed(_POLL_START, "m.poll.start", "org.matrix.msc3381.poll.start"),
    **_keyed(_POLL_RESPONSE, "m.poll.response", "org.matrix.msc3381.poll.response"),
    **_keyed(_POLL_END, "m.poll.end", "org.matrix.msc3381.poll.end"),
    **_keyed(
        _CALL,
        "m.call.invite", "m.call.candidates", "m.call.answer", "m.call.hangup", "m.call.reject",
        "m.call.select_answer", "m.call.negotiate", "m.call.sdp_stream_metadata_changed",
        "org.matrix.call.sdp_stream_metadata_changed",
    ),
    **_keyed(_object_of(_EVERYWHERE), "m.beacon", "org.matrix.msc3672.beacon"),
}  # fmt: skip
_STATE: Final = {
    "m.room.member": _object(
        "membership",
        membership=_STRING,
        displayname=_STRING,
        avatar_url=_STRING,
        reason=_STRING,
        is_direct=_BOOLEAN,
        third_party_invite=_ANY_OBJECT,
        join_authorised_via_users_server=_STRING,
    ),
    "m.room.name": _object(name=_STRING),
    "m.room.topic": _object_of(
        {"topic": _STRING, **_keyed(_object_of({"m.text": _TEXTS}), "m.topic")}
    ),
    "m.room.avatar": _object(url=_STRING, info=_INFO),
    "m.room.canonical_alias": _object(alias=_STRING, alt_aliases=_STRINGS),
    "m.room.pinned_events": _object(pinned=_STRINGS),
    "m.room.join_rules": _object(join_rule=_STRING, allow=_list_of(_ANY_OBJECT)),
    "m.room.history_visibility": _object(history_visibility=_STRING),
    "m.room.guest_access": _object(guest_access=_STRING),
    "m.room.server_acl": _object(
        allow=_STRINGS, deny=_STRINGS, allow_ip_literals=_BOOLEAN
    ),
    "m.room.tombstone": _object(body=_STRING, replacement_room=_STRING),
    "m.room.encryption": _object(
        "algorithm",
        algorithm=_STRING,
        rotation_period_ms=_NUMBER,
        rotation_period_msgs=_NUMBER,
    ),
    "m.room.third_party_invite": _object(
        display_name=_STRING, key_validity_url=_STRING, public_key=_STRING
    ),
    "m.space.child": _object(via=_STRINGS, order=_STRING, suggested=_BOOLEAN),
    "m.space.parent": _object(via=_STRINGS, canonical=_BOOLEAN),
    **_keyed(_RULE, "m.policy.rule.user", "m.policy.rule.room", "m.policy.rule.server"),
    **_keyed(
        _object(type=_STRING, url=_STRING, name=_STRING, data=_ANY_OBJECT),
        "m.widget", "im.vector.modular.widgets",
    ),
    **_keyed(
        _object(description=_STRING, live=_BOOLEAN, timeout=_NUMBER),
        "m.beacon_info", "org.matrix.msc3672.beacon_info",
    ),
    **_keyed(
        _object_of(
            {
                "images": _ANY_OBJECT,
                "pack": _object(display_name=_STRING, avatar_url=_STRING, usage=_STRINGS),
            }
        ),
        "m.room.image_pack", "im.ponies.room_emotes",
    ),
}  # fmt: skip
_SHAPES: Final = {**_MESSAGES, **_STATE}
_OTHER: Final = _object_of({"m.relates_to": RELATION})

# A state event of these types shows up among the messages, where no client expects one.
_NEVER_STATE: Final = frozenset(_MESSAGES) - {"m.room.encrypted"}
_WITH_MEDIUM: Final = frozenset({"m.image", "m.video", "m.audio", "m.file"})
_POLL_STARTS: Final = frozenset({"m.poll.start", "org.matrix.msc3381.poll.start"})

KNOWN_TYPES: Final = frozenset(_SHAPES) | {
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


def find_fault(event_type: str, content: dict[str, Any], *, is_state: bool) -> Fault | None:
    """Return the first thing in `content` that is not of the shape of its event type.

    Of a type that is not known here, nothing but what relates it to other events is looked at.
    """
    if is_state and event_type in _NEVER_STATE:
        return Fault((), "a state key", "none")
    if not is_state and event_type in _STATE:
        return Fault((), "no state key", "one")
    fault = _find(content, _SHAPES.get(event_type, _OTHER))
    if fault is not None:
        return Fault(tuple(reversed(fault.path)), fault.found, fault.allowed)
    return _find_missing(event_type, content)


def _find(value: Any, shape: Shape) -> Fault | None:
    """Return a fault with its path from the inside out; goes no deeper than `shape` does."""
    kind = type(value)
    if kind not in shape.types:
        return Fault((), _WORDS.get(kind, "something else"), _allowed(shape))
    if shape.prefix and not value.startswith(shape.prefix):
        return Fault((), "a string", f"one that begins with {shape.prefix}")
    if kind is dict:
        return _find_in_object(value, shape)
    if kind is list and shape.items is not None:
        return _find_in_list(value, shape.items)
    return None


def _find_in_object(value: dict[str, Any], shape: Shape) -> Fault | None:
    for key in shape.required:
        if value.get(key) is None:
            return Fault((key,), "nothing", _allowed(shape.fields[key]))
    fields = shape.fields
    for key, child in value.items():
        expected = fields.get(key)
        # Most of what stands there is a string where one may stand.
        if expected is None or child is None or (expected is _STRING and type(child) is str):
            continue
        fault = _find(child, expected)
        if fault is not None:
            return Fault((*fault.path, key), fault.found, fault.allowed)
    return None


def _find_in_list(value: list[Any], expected: Shape) -> Fault | None:
    if expected is _STRING and set(map(type, value)) <= _STRING.types:
        return None
    for position, child in enumerate(value):
        fault = _find(child, expected)
        if fault is not None:
            return Fault((*fault.path, position), fault.found, fault.allowed)
    return None


def _allowed(shape: Shape) -> str:
    return listed(dict.fromkeys(_WORDS[each] for each in sorted(shape.types, key=str)))


def _find_missing(event_type: str, content: dict[str, Any]) -> Fault | None:
    """Return what is not there, of what takes more than one look."""
    if event_type == "m.sticker":
        return _find_medium_missing((), content)
    if event_type != "m.room.message" and event_type not in _POLL_STARTS:
        return None
    # Of an edit, clients show what it puts in another's place.
    levels: list[tuple[Path, dict[str, Any]]] = [
        ((key,), content[key]) for key in EDIT_KEYS if content.get(key) is not None
    ]
    for path, level in levels or [((), content)]:
        if event_type in _POLL_STARTS:
            fault = _find_poll_missing(path, level)
        elif level["msgtype"] in _WITH_MEDIUM:
            fault = _find_medium_missing(path, level)
        else:
            continue
        if fault is not None:
            return fault
    return None


def _find_poll_missing(path: Path, level: dict[str, Any]) -> Fault | None:
    polls = [level[key] for key in POLL_KEYS if level.get(key) is not None]
    if not polls:
        return Fault(path, "no poll", listed(POLL_KEYS))
    if all(poll["answers"] for poll in polls):
        return None
    return Fault(path, "a poll without answers", "one with answers")


def _find_medium_missing(path: Path, level: dict[str, Any]) -> Fault | None:
    url = level.get("url")
    if level.get("file") is not None and not url:
        return None
    if isinstance(url, str) and url.startswith(_MEDIUM.prefix):
        return None
    found = "nothing" if url is None else "another address"
    return Fault((*path, "url"), found, f"one that begins with {_MEDIUM.prefix}")
