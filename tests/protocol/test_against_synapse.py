"""Comparison with Synapse over thousands of events: hashes, redaction and canonical JSON agree."""

import hashlib
import json
from random import Random  # noqa: TID251 - seeded: the same events in every run
from typing import Any

import pytest
from canonicaljson import encode_canonical_json
from hypothesis import settings
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS
from synapse.crypto.event_signing import compute_content_hash, compute_event_reference_hash
from synapse.events import make_event_from_dict
from synapse.synapse_rust.events import redact_event_dict

from countersign.protocol.canonical_json import encode_canonical, parse_object
from countersign.protocol.events.hashes import content_hash
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.events.redaction import redact
from countersign.protocol.room_versions import ROOM_VERSIONS, RoomVersionRules
from tests.protocol.conftest import ABSENT, in_every_room_version, make_event, make_reference

EVENTS_A_VERSION = 5 * settings().max_examples  # 500; in nightly runs 1,500

STRINGS = [
    "",
    "a",
    "zebra",
    "é",
    "日本",
    "😀",
    "\U0010ffff",
    "\uffff",
    "\0",
    "\x1f\x7f",
    '"\\/\b\n',
]
INTEGERS = [0, 1, -1, 50, 2**53 - 1, -(2**53) + 1]
LENIENT_NUMBERS = [0.5, -0.0, 1e16, 1e22, 1e-7, 1.0, 2**53, -(2**63), 12345678901234567890]
TYPES = {
    "m.room.member": ["membership", "join_authorised_via_users_server", "third_party_invite"],
    "m.room.create": ["creator", "room_version", "additional_creators", "m.federate"],
    "m.room.join_rules": ["join_rule", "allow"],
    "m.room.power_levels": [
        *["ban", "events", "events_default", "invite", "kick", "notifications", "redact"],
        *["state_default", "users", "users_default"],
    ],
    "m.room.aliases": ["aliases"],
    "m.room.history_visibility": ["history_visibility"],
    "m.room.redaction": ["redacts", "reason"],
    "m.room.message": ["body", "msgtype", "m.relates_to"],
    "org.example.嘘": ["membership", "creator"],
}


class EventWriter:
    """Writes events that are well-formed and otherwise as odd as they come."""

    def __init__(self, rules: RoomVersionRules) -> None:
        self.rules = rules
        self.chance = Random(f"room version {rules.identifier}")
        self.numbers = INTEGERS if rules.strict_json else INTEGERS + LENIENT_NUMBERS

    def value(self, depth: int = 0) -> Any:
        kind = self.chance.randrange(8 if depth < 3 else 4)
        if kind == 0:
            return self.chance.choice(self.numbers)
        if kind == 1:
            return self.chance.choice([None, True, False])
        if kind <= 3:
            return self.string()
        if kind <= 5:
            return [self.value(depth + 1) for _ in range(self.chance.randrange(4))]
        return {self.string(): self.value(depth + 1) for _ in range(self.chance.randrange(5))}

    def string(self) -> str:
        return "".join(self.chance.choices(STRINGS, k=self.chance.randrange(4)))

    def content(self, event_type: str) -> dict[str, Any]:
        keys = [key for key in TYPES[event_type] if self.chance.random() < 0.7]
        content = {key: self.value() for key in keys}
        if "third_party_invite" in content and self.chance.random() < 0.5:
            content["third_party_invite"] = {"display_name": self.value(), "signed": self.value()}
        return content | {self.string(): self.value() for _ in range(self.chance.randrange(3))}

    def event(self) -> dict[str, Any]:
        event_type = self.chance.choice(list(TYPES))
        extra = self.chance.sample(
            ["origin", "membership", "prev_state", "org.example.x", "é"], k=2
        )
        changes = {key: self.value() for key in extra}
        if self.chance.random() < 0.6:
            changes["state_key"] = self.string()
        if event_type == "m.room.redaction" and self.chance.random() < 0.7:
            changes["redacts"] = self.string()
        if event_type == "m.room.create" and self.rules.room_id_is_create_hash:
            changes["room_id"] = ABSENT
            changes["state_key"] = ""
        return make_event(
            self.rules,
            type=event_type,
            content=self.content(event_type),
            depth=self.chance.choice([0, 1, 2**53 - 1]),
            prev_events=[make_reference(self.rules, c) for c in self.chance.sample("pqrst", k=2)],
            **changes,
        )


def test_agrees_on_every_byte_of_every_event(rules: RoomVersionRules) -> None:
    writer = EventWriter(rules)
    theirs = KNOWN_ROOM_VERSIONS[rules.identifier]

    for _ in range(EVENTS_A_VERSION):
        event = writer.event()
        raw = json.dumps(event).encode()
        parsed = parse_object(raw)
        ours = parse_pdu(parsed.value, rules, is_strict_json=parsed.is_strict)
        synapse_event = make_event_from_dict(json.loads(raw), theirs)

        assert parsed.canonical == encode_canonical_json(event)
        assert encode_canonical(event, strict=rules.strict_json) == encode_canonical_json(event)
        assert content_hash(event, rules) == compute_content_hash(event, hashlib.sha256)[1]
        assert ours.has_intact_content
        redacted = redact_event_dict(theirs, event)
        redacted.pop("unsigned")
        assert redact(event, rules) == redacted
        redacted.pop("signatures")
        assert ours.signed_bytes == encode_canonical_json(redacted)
        assert ours.digest == compute_event_reference_hash(synapse_event)[1]
        assert ours.event_id == synapse_event.event_id
        assert ours.room_id == synapse_event.room_id
        assert ours.sender == synapse_event.sender
        assert ours.state_key == synapse_event.get_state_key()
        # Where the room ID names the create event, theirs adds it at the end.
        their_auth_events = synapse_event.auth_event_ids()[: len(ours.auth_events)]
        assert ours.auth_events == tuple(their_auth_events)
        assert ours.prev_events == tuple(synapse_event.prev_event_ids())


@pytest.mark.parametrize("content", [None, [], "text", 7, {"third_party_invite": [1]}])
@in_every_room_version
def test_agrees_on_content_that_is_no_content(rules: RoomVersionRules, content: Any) -> None:
    event = make_event(rules, type="m.room.member", content=content)

    redacted = redact_event_dict(KNOWN_ROOM_VERSIONS[rules.identifier], event)
    redacted.pop("unsigned")

    assert redact(event, rules) == redacted


def test_agrees_on_every_code_point() -> None:
    for start in range(0, 0x110000, 0x1000):
        text = "".join(
            chr(point) for point in range(start, start + 0x1000) if not 0xD800 <= point < 0xE000
        )
        value = {text: text, text[::-1]: [text]}

        assert encode_canonical(value) == encode_canonical_json(value)
        assert encode_canonical(value, strict=False) == encode_canonical_json(value)


def test_knows_what_each_version_brought() -> None:
    for identifier, rules in ROOM_VERSIONS.items():
        theirs = KNOWN_ROOM_VERSIONS[identifier]

        assert rules.strict_json == theirs.strict_canonicaljson
        assert rules.strict_key_validity == theirs.enforce_key_validity
        assert rules.knocking == theirs.knock_join_rule
        assert rules.restricted_joins == theirs.restricted_join_rule
        assert rules.knock_restricted == theirs.knock_restricted_join_rule
        assert rules.integer_power_levels == theirs.enforce_int_power_levels
        assert rules.implicit_creator == theirs.implicit_room_creator
        assert rules.redacts_in_content == theirs.updated_redaction_rules
        assert rules.keeps_create_content == theirs.updated_redaction_rules
        assert rules.room_id_is_create_hash == theirs.msc4291_room_ids_as_hashes
        assert rules.privileged_creators == theirs.msc4289_creator_power_enabled
