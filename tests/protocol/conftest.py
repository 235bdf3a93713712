"""Valid events of each room version, for tests to modify."""

import inspect
import json
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import pytest

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.events.hashes import content_hash
from countersign.protocol.room_versions import ROOM_VERSIONS, RoomVersionRules
from countersign.protocol.unpadded_base64 import encode

ABSENT: Any = object()
"""Give this for a key that the event shall not have."""

HASH_OF_THE_CREATE = "Nhcu5BS-UMnFX7hBVfVSoXiD7OgH6iRT-xyIuqDnpYQ"


def make_event(rules: RoomVersionRules, **changes: Any) -> JsonObject:
    """Make a message with a valid content hash, except for `changes`."""
    event: JsonObject = {
        "type": "m.room.message",
        "sender": "@alice:example.org",
        "room_id": "!room:example.org",
        "content": {"msgtype": "m.text", "body": "Good morning"},
        "origin_server_ts": 1_700_000_000_000,
        "depth": 12,
        "prev_events": [make_reference(rules, "p")],
        "auth_events": [make_reference(rules, letter) for letter in "abc"],
        "signatures": {"example.org": {"ed25519:1": "c2lnbmF0dXJl"}},
        "unsigned": {"age_ts": 1_700_000_000_001},
    }
    if rules.sender_chooses_event_id:
        event["event_id"] = "$event:example.org"
    if rules.room_id_is_create_hash:
        event["room_id"] = "!" + HASH_OF_THE_CREATE
    event |= changes
    event = {key: value for key, value in event.items() if value is not ABSENT}
    if "hashes" not in changes:
        event["hashes"] = {"sha256": encode(content_hash(event, rules))}
    return event


def make_reference(rules: RoomVersionRules, letter: str) -> Any:
    """Make an entry of `prev_events` or `auth_events`."""
    if rules.sender_chooses_event_id:
        return [f"${letter}:example.org", {"sha256": letter * 43}]
    return "$" + letter * 43


@pytest.fixture(params=list(ROOM_VERSIONS), ids=lambda version: f"v{version}")
def rules(request: pytest.FixtureRequest) -> RoomVersionRules:
    """Each room version in turn."""
    return ROOM_VERSIONS[request.param]


@pytest.fixture
def event(rules: RoomVersionRules) -> Callable[..., JsonObject]:
    """`make_event` for the present room version."""
    return lambda **changes: make_event(rules, **changes)


def in_every_room_version(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test of many cases once a case, through all room versions: most of its time is set-up.

    Its parameters `rules` and `event` are those of the fixtures.
    """
    signature = inspect.signature(test)
    given = [one for name, one in signature.parameters.items() if name not in ("rules", "event")]

    @wraps(test)
    def in_each(**case: Any) -> None:
        for rules in ROOM_VERSIONS.values():
            of_version = {"rules": rules, "event": partial(make_event, rules)}
            test(**case, **{name: of_version[name] for name in signature.parameters.keys() - case})

    in_each.__signature__ = signature.replace(parameters=given)  # type: ignore[attr-defined]
    return in_each


def read_vectors(name: str) -> list[Any]:
    """Read the specification's examples in `tests/vectors`."""
    path = Path(__file__).parent.parent / "vectors" / f"{name}.json"
    examples: list[Any] = json.loads(path.read_text(encoding="utf-8"))["examples"]
    return examples
