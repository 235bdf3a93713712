"""Mutations at four depths: bytes, JSON, JSON with a corrected hash, and also with new signatures.

The deeper a mutation, the further its event gets: bytes mostly end at the parser, an edit at the
content hash, a rehashed edit at the sender's signature. What is signed anew is a valid event unless
its shape is wrong, so it shows what our server thinks of odd but honest events.
"""

import gzip
import json
from random import Random  # noqa: TID251 - seeded by the campaign, so that a run can be repeated
from typing import TYPE_CHECKING, Any, Final

from tests.blackbox import oracle

from campaigns.homeservers import Homeserver, Room
from campaigns.judge import POLICY_KEY_ID, contacted

if TYPE_CHECKING:
    from collections.abc import Callable

BYTES, EDIT, REHASHED, RESIGNED = "bytes", "edit", "rehashed", "re-signed"
DEPTHS: Final = (BYTES, EDIT, REHASHED, RESIGNED)

TOKENS: Final = [
    *[b"\0", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", b"\n", b"-", b"0", b"."],
    *[b"\xed\xa0\x80", b"\xff", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae"],
    *[rb"\ud800", rb"\udc00\ud800", rb"\u0000", rb"\u0022", rb"\x41", rb"\ud83d\ude00", b"/*x*/"],
    *[b"1e999", b"-0", b"1e5", b"NaN", b"Infinity", b"0x10", b"01", b"9" * 21, b"1.0", b"-1"],
    *[b"null", b"true", b'"type":"m.room.policy",', b'"content":{},', b'{"a":1,"a":2}'],
    *[b"[" * 101, b"[" * 5000, b'{"a":' * 101, b"[" * 99 + b"]" * 99],
]
VALUES: Final[list[Any]] = [
    *[None, True, False, 0, 1, -1, 2**53 - 1, 2**53, -(2**53), 2**63 - 1, 2**63, 2**64],
    *[0.0, -0.0, 1.5, 1e16, 1e-7, 12345678901234567890, "", "\0", "a", "é", "\u202e", "😀", " "],
    *["x" * 255, "x" * 256, "é" * 128, [], {}, [[]], [{}], {"": ""}, ["a", 1, None], "@", "$", "!"],
    *["m.room.policy", "m.room.create", "m.room.member", "m.room.redaction", "m.room.aliases"],
    *["invite", "join", "leave", "ban", "knock", "__proto__", "sha256", "ed25519:policy_server"],
    *["@a:[::1]:1", "@a:127.0.0.1", "@:127.0.0.1:8448", "@a:", "@a:b c", "@a:127.0.0.1:99999"],
    *["A" * 43, "A" * 86, "$" + "A" * 43, "!" + "A" * 43, {"sha256": "A" * 43}],
]
_SWELLING: Final = [
    *[
        "@a:b ",
        "https://a.b/ ",
        "a.",
        "<b>",
        "</",
        "[",
        "((",
        "\u0301",
        "\ufdfa",
        "\u202e",
        "😀",
        " ",
    ],
    *["#", "a@b.c ", "&amp;", "\\", '"', "%41", "matrix.to/#/", "xn--", "1", ":", "ẞ", "\0", "\n"],
]
"""Pieces of texts that are hard to parse."""
KEYS: Final = [
    *["type", "sender", "room_id", "event_id", "state_key", "content", "hashes", "signatures"],
    *["unsigned", "origin_server_ts", "depth", "prev_events", "auth_events", "redacts", "origin"],
    *["membership", "prev_state", "method", "uri", "destination", "verify_keys", "server_name"],
    *["body", "msgtype", "third_party_invite", "join_authorised_via_users_server", "users", "via"],
    *["", "\0", "é", "__class__", "m.relates_to", "m.new_content", "formatted_body", "x" * 300],
]


def mutate_bytes(chance: Random, body: bytes) -> bytes:
    """Return the body with its bytes altered in one to three ways."""
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        body = chance.choice(_BYTE_MUTATIONS)(chance, body)
    return body


def mutate_event(
    chance: Random,
    depth: str,
    room: Room,
    homeserver: Homeserver,
    event: dict[str, Any],
    *,
    names_anybody: bool = False,
) -> dict[str, Any]:
    """Return a copy of the event, altered and then put right as far as `depth` says.

    Unless it may name anybody, an altered event never has our server look for a server outside of
    the loopback network.
    """
    altered = oracle.copied(event)
    for _ in range(chance.choice([1, 1, 2, 3])):
        chance.choice(_EDITS)(chance, altered)
    if not names_anybody and not all(
        _is_loopback(name) for name in contacted(altered, room.version)
    ):
        altered = oracle.copied(event)
    try:
        if depth in (REHASHED, RESIGNED):
            altered["hashes"] = {"sha256": oracle.content_hash(altered)}
        if depth == RESIGNED:
            altered = _sign_anew(chance, room, homeserver, altered)
    except Exception:  # noqa: BLE001 - the other people's code need not survive what ours must
        return altered
    return altered


def swell(
    chance: Random, room: Room, homeserver: Homeserver, event: dict[str, Any]
) -> dict[str, Any]:
    """Return a copy of the event with one place of it blown up, rightly hashed and signed.

    It gets as large as an event may be, or a bit larger: what costs more than it should for its
    size costs most here.
    """
    swollen: dict[str, Any] = oracle.copied(event)
    room_bytes = chance.choice([8_000, 30_000, 50_000, 62_000, 66_000])
    content = swollen["content"]
    container, key = chance.choice(_places(chance.choice([content, content, swollen]), []))
    piece = oracle.copied(chance.choice([*VALUES, container[key]]))
    times = room_bytes // (len(json.dumps(piece, ensure_ascii=False)) + 12)
    match chance.randrange(4):
        case 0:
            container[key] = [piece] * times
        case 1:
            prefix = chance.choice(["", "@a:127.0.0.1:", "ed25519:"])
            container[key] = {f"{prefix}{number}": piece for number in range(times)}
        case _:
            text = chance.choice([*_SWELLING, *_SWELLING, piece if isinstance(piece, str) else "x"])
            long = text * (room_bytes // (len(text.encode("utf-8", "replace")) or 1))
            if chance.random() < 0.5:
                content["body"] = long[: len(long) // 2]
                content["formatted_body"] = long[len(long) // 2 :]
                content["format"] = "org.matrix.custom.html"
            else:
                container[key] = long
    try:
        swollen["hashes"] = {"sha256": oracle.content_hash(swollen)}
        return _sign_anew(chance, room, homeserver, swollen)
    except Exception:  # noqa: BLE001 - as in mutate_event
        return swollen


def respell(chance: Random, event: dict[str, Any]) -> bytes:
    """Return other JSON for the same value: white space, escapes, another order."""
    keys = list(event)
    chance.shuffle(keys)
    text = json.dumps(
        {key: event[key] for key in keys},
        ensure_ascii=chance.random() < 0.5,
        indent=chance.choice([None, None, 1, "\t"]),
    )
    if chance.random() < 0.3:
        text = text.replace('"type"', '"\\u0074ype"', 1)
    return (" " * chance.randrange(3) + text + "\r\n" * chance.randrange(2)).encode("utf-8")


def _flip(chance: Random, body: bytes) -> bytes:
    if not body:
        return body
    at = chance.randrange(len(body))
    return body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :]


def _cut(chance: Random, body: bytes) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + body[at + chance.randrange(1, 40) :]


def _cut_off(chance: Random, body: bytes) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _insert(chance: Random, body: bytes) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + chance.choice(TOKENS) + body[at:]


def _repeat(chance: Random, body: bytes) -> bytes:
    start = chance.randrange(len(body) + 1)
    end = min(len(body), start + chance.randrange(1, 200))
    return body[:end] + body[start:]


def _swap(chance: Random, body: bytes) -> bytes:
    a, b = sorted(chance.randrange(len(body) + 1) for _ in range(2))
    return body[b:] + body[a:b] + body[:a]


def _repeat_key(chance: Random, body: bytes) -> bytes:
    key = chance.choice([b"type", b"content", b"sender", b"room_id", b"hashes", b"unsigned"])
    value = chance.choice([b"1", b"{}", b'"x"', b"null"])
    spelled = chance.choice([b'"' + key + b'"', b'"\\u%04x' % key[0] + key[1:] + b'"'])
    return body.replace(b"{", b"{" + spelled + b":" + value + b",", 1)


def _renumber(chance: Random, body: bytes) -> bytes:
    number = chance.choice([b"-0", b"0.0", b"1e3", b"1E+2", b"00", b"9007199254740993", b"1e400"])
    return body.replace(b'"depth":', b'"depth":' + number + b',"x":', 1)


def _reencode(chance: Random, body: bytes) -> bytes:
    text = body.decode("utf-8", "replace")
    ways: list[Callable[[], bytes]] = [
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-32-le"),
        lambda: b"\xef\xbb\xbf" + body,
        lambda: gzip.compress(body, 1),
        lambda: b"[" + body + b"]",
        lambda: body + body,
        lambda: body + b"\0",
        lambda: json.dumps(text).encode(),
        lambda: body.replace(b'"', b"'"),
    ]
    return chance.choice(ways)()


_BYTE_MUTATIONS: Final = [
    *[_flip, _flip, _flip, _cut, _cut_off, _insert, _insert, _insert],
    *[_repeat, _swap, _repeat_key, _renumber, _reencode],
]


def _places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return every container and key in an event."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        found.append((value, key))
        if isinstance(inner, dict | list):
            _places(inner, found)
    return found


def _place(chance: Random, event: dict[str, Any]) -> tuple[Any, Any] | None:
    found = _places(event, [])
    return chance.choice(found) if found else None


def _replace(chance: Random, event: dict[str, Any]) -> None:
    if place := _place(chance, event):
        container, key = place
        container[key] = oracle.copied(chance.choice(VALUES))


def _remove(chance: Random, event: dict[str, Any]) -> None:
    if place := _place(chance, event):
        container, key = place
        del container[key]


def _rename(chance: Random, event: dict[str, Any]) -> None:
    place = _place(chance, event)
    if place and isinstance(place[0], dict):
        container, key = place
        container[chance.choice(KEYS)] = container.pop(key)


def _nudge(chance: Random, event: dict[str, Any]) -> None:
    if not (place := _place(chance, event)):
        return
    container, key = place
    match container[key]:
        case bool() | None:
            container[key] = 1
        case int() | float() as number:
            container[key] = number + chance.choice([-1, 1, 1000, -(10**12), 10**12])
        case str() as text:
            at = chance.randrange(len(text) + 1)
            container[key] = text[:at] + chance.choice("a:\0é@$! /.") + text[at:]
        case list() as items:
            items.extend(oracle.copied(items) * chance.choice([1, 12]))
        case dict() as members:
            members[chance.choice(KEYS)] = oracle.copied(chance.choice(VALUES))


def _add(chance: Random, event: dict[str, Any]) -> None:
    event[chance.choice(KEYS)] = oracle.copied(chance.choice(VALUES))


def _change_content(chance: Random, event: dict[str, Any]) -> None:
    content = event.get("content")
    if isinstance(content, dict):
        content[chance.choice(KEYS)] = oracle.copied(chance.choice(VALUES))


def _empty_content(_chance: Random, event: dict[str, Any]) -> None:
    event["content"] = {}


def _unsigned(chance: Random, event: dict[str, Any]) -> None:
    event["unsigned"] = {chance.choice(KEYS): oracle.copied(chance.choice(VALUES))}


def _move(chance: Random, event: dict[str, Any]) -> None:
    """Make it another kind of event."""
    event["type"] = chance.choice(
        ["m.room.message", "m.room.member", "m.room.create", "m.room.policy", "m.room.aliases"]
    )
    event["state_key"] = chance.choice(["", event.get("sender", ""), "x", None, 0])


def _tamper_with_signatures(chance: Random, event: dict[str, Any]) -> None:
    signatures = event.get("signatures")
    if not isinstance(signatures, dict) or not signatures:
        return
    name = chance.choice(list(signatures))
    of_server = signatures[name]
    if not isinstance(of_server, dict):
        return
    match chance.randrange(6):
        case 0:
            of_server[POLICY_KEY_ID] = "A" * 86
        case 1:
            of_server.update({f"ed25519:{number}": "A" * 86 for number in range(9)})
        case 2:
            signatures["127.90.9.9:8448"] = signatures.pop(name)
        case 3:
            of_server["ed25519:unknown"] = of_server.pop(next(iter(of_server), ""), "")
        case 4:
            of_server["rsa:paper"] = "!"
        case 5:
            signatures[name] = {key_id: f"{text}==" for key_id, text in of_server.items()}


_EDITS: Final = [
    *[_replace, _replace, _replace, _remove, _rename, _nudge, _nudge, _nudge, _add],
    *[_change_content, _change_content, _empty_content, _unsigned, _move, _tamper_with_signatures],
]


def _sign_anew(
    chance: Random, room: Room, homeserver: Homeserver, event: dict[str, Any]
) -> dict[str, Any]:
    if chance.random() < 0.1:  # by somebody else, in whosever name
        homeserver = chance.choice(list(room.homeservers))
    event["signatures"] = {}
    signed: dict[str, Any] = oracle.add_signature(
        room.version, event, homeserver.server_name, homeserver.key
    )
    return signed


def _is_loopback(name: str) -> bool:
    return name.startswith(("127.", "[::1]"))
