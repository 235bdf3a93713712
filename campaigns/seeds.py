"""Initial events for fuzzing: all common types in every room version, plain and unusual."""

from dataclasses import dataclass
from random import Random  # noqa: TID251 - seeded by the campaign, so that a run can be repeated
from typing import Any, Final

from campaigns.homeservers import Homeserver, Room, make_event, sign
from campaigns.server import SPAM

LENIENT_UP_TO: Final = 5
ODD_TEXTS: Final = [
    "",
    "é",
    "日本語 😀",
    "\u202eabc",
    "\0",
    "a\u0301" * 50,
    '"\\/\b\f',
    "\U0010ffff",
]


@dataclass(frozen=True, slots=True)
class Seed:
    """A right and proper event of a room.

    Attributes:
        homeserver: who sends it.
        event: with content hash and signatures.
        is_spam: the policy refuses it.
    """

    room: Room
    homeserver: Homeserver
    event: dict[str, Any]
    is_spam: bool


def make_seed(chance: Random, room: Room, number: int) -> Seed:
    """Return the campaign's event `number`."""
    homeserver = chance.choice(
        [one for one in room.homeservers if one.server_name not in room.denied]
    )
    other = chance.choice(room.homeservers)
    event_type, content, fields = _kind(chance, homeserver, other, number)
    if int(room.version) <= LENIENT_UP_TO and chance.random() < 0.2:
        content["org.example.number"] = chance.choice([1.5, -0.0, 1e20, 2**60, 0.1, 1e-9])
    if chance.random() < 0.2:
        content[chance.choice(ODD_TEXTS)] = chance.choice(ODD_TEXTS)
    event = make_event(room, homeserver, number, event_type, content, **fields)
    is_spam = SPAM in str(content)
    return Seed(room, homeserver, sign(room, homeserver, event), is_spam)


def _kind(
    chance: Random, homeserver: Homeserver, other: Homeserver, number: int
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    user, unique = homeserver.user(), f"number {number}"
    guest = other.user(f"guest{number}")
    somebody = homeserver.user(f"somebody{number}")
    state: dict[str, Any] = {"state_key": ""}
    kinds: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("m.room.message", {"msgtype": "m.text", "body": f"fine weather, {unique}"}, {}),
        ("m.room.message", {"msgtype": "m.text", "body": f"buy {SPAM}, {unique}"}, {}),
        ("m.room.message", {"msgtype": "m.image", "url": "mxc://x/y", "body": unique}, {}),
        ("m.room.message", {"body": unique, "long": "x" * chance.choice([9_000, 60_000])}, {}),
        ("m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": unique}, {}),
        ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "key": unique}}, {}),
        ("m.room.topic", {"topic": unique}, state),
        ("m.room.name", {"name": unique}, state),
        ("m.room.power_levels", {"users": {user: 100}, "n": number}, state),
        ("m.room.join_rules", {"join_rule": "public", "n": number}, state),
        ("m.room.history_visibility", {"history_visibility": "shared", "n": number}, state),
        ("m.room.server_acl", {"allow": ["*"], "deny": [unique]}, state),
        ("m.room.policy", {"via": unique}, state),
        ("m.room.policy", {"via": unique}, {"state_key": "x"}),
        ("m.room.aliases", {"aliases": [f"#{number}:x"]}, {"state_key": homeserver.server_name}),
        ("m.room.redaction", {"reason": unique, "redacts": "$x"}, {"redacts": "$x:y"}),
        ("m.room.tombstone", {"body": unique, "replacement_room": "!x:y"}, state),
        ("m.room.third_party_invite", {"display_name": unique}, {"state_key": unique}),
        (
            "m.room.member",
            {"membership": "join", "displayname": unique},
            {"sender": somebody, "state_key": somebody},
        ),
        (
            "m.room.member",
            {"membership": "join", "join_authorised_via_users_server": other.user()},
            {"sender": somebody, "state_key": somebody},
        ),
        ("m.room.member", {"membership": "invite", "reason": unique}, {"state_key": guest}),
        ("m.room.member", {"membership": "ban", "reason": unique}, {"state_key": guest}),
        ("m.room.member", {"membership": "leave", "reason": unique}, {"state_key": user}),
        (
            "m.room.member",
            {"membership": "knock", "reason": unique},
            {"sender": somebody, "state_key": somebody},
        ),
        ("org.example.odd", {"n": number, "deep": _nested(chance.choice([3, 90]))}, {}),
    ]
    return chance.choice(kinds)


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value
