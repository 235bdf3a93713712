"""Records to store, made for tests."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from typing import Final

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.findings import Finding, Mode
from countersign.policy.harms import Harm
from countersign.ports.stores.leaks import Channel, Leak
from countersign.ports.stores.own_user.own_events import OwnEvent
from countersign.ports.stores.rooms import StoredRoom
from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.keys.server_keys import (
    ServerKeys,
    parse_server_keys,
    server_keys_document,
)
from countersign.protocol.keys.signing_keys import ServerSigningKey
from countersign.protocol.rooms.state_events import StateEvent

ROOM: Final = "!room:example.org"
ALICE: Final = "@alice:example.org"
BOB: Final = "@bob:example.com"
DECIDED_TS: Final = 1_750_000_000_000

FINDING: Final = Finding(
    filter="keyword",
    harm=Harm.SPAM,
    reason="the word “Gewinnspiel 🎰” in the body",
    says="Please don't advertise here.",
    value="gewinnspiel",
)
SIGN: Final = Decision(
    verdict=Verdict.SIGN, findings=(), says=None, harms=(), policy_revision="revision-1"
)
SIGN_WITH_A_SHADOW: Final = replace(SIGN, findings=(replace(FINDING, mode=Mode.SHADOW),))
REFUSE: Final = Decision(
    verdict=Verdict.REFUSE,
    findings=(FINDING, replace(FINDING, filter="event-size", value=70_000, limit=2**53)),
    says="Please don't advertise here.",
    harms=(Harm.SPAM, Harm.FLOODING),
    policy_revision="revision-2",
)
REFUSE_WITHOUT_A_WORD: Final = replace(REFUSE, findings=(), says=None, harms=())
REFUSE_WITH_NO_MORE_THAN_NOTHING: Final = replace(REFUSE, findings=(), says="", harms=())
DECISIONS: Final = (
    SIGN,
    SIGN_WITH_A_SHADOW,
    REFUSE,
    REFUSE_WITHOUT_A_WORD,
    REFUSE_WITH_NO_MORE_THAN_NOTHING,
)
"""A decision of each class."""


def make_recorded(
    number: int = 1,
    decision: Decision = SIGN,
    *,
    event_id: str | None = None,
    room_id: str = ROOM,
    sender: str = ALICE,
) -> RecordedDecision:
    """Return the decision on event `number`, made `number` ms after `DECIDED_TS`."""
    key = sha256(str(number).encode()).digest()
    return RecordedDecision(
        key=key,
        room_id=room_id,
        event_id=event_id or f"${unpadded_base64.encode_url_safe(key)}",
        event_type="m.room.message",
        sender=sender,
        asked_by="example.org",
        decided_ts=DECIDED_TS + number,
        decision=decision,
    )


def make_leak(number: int = 1, *, room_id: str = ROOM, noticed_ts: int = DECIDED_TS) -> Leak:
    """Return the leak of the event that decision `number` is about."""
    recorded = make_recorded(number, REFUSE, room_id=room_id)
    return Leak(
        key=recorded.key,
        reference=recorded.reference,
        room_id=room_id,
        event_id=recorded.event_id,
        event_type=recorded.event_type,
        sender=recorded.sender,
        brought_by="example.com",
        channel=Channel.SEND,
        noticed_ts=noticed_ts,
    )


def make_redaction(number: int = 1, *, room_id: str = ROOM) -> OwnEvent:
    """Return our redaction of the leak of that number."""
    return OwnEvent(
        key=make_leak(number).key,
        room_id=room_id,
        event_id=f"$redaction-{number}",
        event={"type": "m.room.redaction", "depth": number, "content": {"reason": "späm"}},
        made_ts=DECIDED_TS + number,
    )


def make_stored_room(state: Iterable[StateEvent] = (), *, room_id: str = ROOM) -> StoredRoom:
    """Return a joined room."""
    return StoredRoom(
        room_id=room_id,
        room_version="11",
        membership="joined",
        via=("example.org", "example.com"),
        joined_ts=DECIDED_TS,
        state=tuple(state),
        note="",
    )


def make_member(user: str, membership: str = "join", *, depth: int = 7) -> StateEvent:
    """Return a member event whose name is not ASCII."""
    return StateEvent(
        type="m.room.member",
        state_key=user,
        sender=user,
        content={"membership": membership, "displayname": "Zoë 🦊", "odd": [None, 1.5, {"": True}]},
        event_id=f"${sha256(user.encode()).hexdigest()}",
        depth=depth,
        origin_server_ts=DECIDED_TS,
        known_since_ts=DECIDED_TS + 5,
    )


def make_server_keys(
    server_name: str = "example.org", *, seed: bytes = bytes(32), fetched_ts: int = DECIDED_TS
) -> tuple[ServerKeys, bytes]:
    """Return a server's keys and the document that says so."""
    key = ServerSigningKey("a_1", seed)
    signed = server_keys_document(server_name, key, DECIDED_TS + 3_600_000)
    document = encode_canonical(signed)
    return parse_server_keys(document, server_name, fetched_ts), document
