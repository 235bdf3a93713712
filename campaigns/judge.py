"""The independent judge: the right answer to each request and why, computed without our code.

It knows the specification, the room, the published keys and what was decided before. It works with
canonicaljson, signedjson and Synapse's functions alone: our own code is not its own judge.
Where the specification leaves a choice it says `EITHER`: then only the form of an answer counts.
"""

import base64
import binascii
import hashlib
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NoReturn

from tests.blackbox import oracle

from campaigns.homeservers import Homeserver, Room

MAX_EVENT_BYTES: Final = 65_536
MAX_BODY_BYTES: Final = 400 * 1024
MAX_DEPTH: Final = 100
MAX_SAFE: Final = 2**53 - 1
MAX_INT64: Final = 2**63 - 1
MAX_SIGNATURES: Final = 8
POLICY_KEY_ID: Final = "ed25519:policy_server"
EXEMPT_TYPES: Final = ("m.room.policy", "org.matrix.msc4284.policy")

Kind = tuple[int, str]
BAD_JSON: Final[Kind] = (400, "M_BAD_JSON")
NOT_JSON: Final[Kind] = (400, "M_NOT_JSON")
TOO_LARGE: Final[Kind] = (413, "M_TOO_LARGE")
NOT_FOUND: Final[Kind] = (404, "M_NOT_FOUND")
UNAUTHORIZED: Final[Kind] = (401, "M_UNAUTHORIZED")
DENIED: Final[Kind] = (403, "M_FORBIDDEN")
FORBIDDEN: Final[Kind] = (400, "M_FORBIDDEN")
TROUBLE: Final[Kind] = (503, "M_UNKNOWN")
SIGNED: Final[Kind] = (200, "")


class Verdict(Enum):
    """Allowed kinds of answers."""

    SIGN = "SIGN"
    REFUSE = "REFUSE"
    INVALID = "INVALID"
    EITHER = "EITHER"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Required answer.

    Attributes:
        verdict: in one word.
        kinds: pairs of status and error code, one of which the answer must have.
        why: for people.
        digest: SHA-256 of the redacted event; None if there is none.
        is_remembered: an answer of 200 or 400 `M_FORBIDDEN` stands for all copies from now on.
    """

    verdict: Verdict
    kinds: frozenset[Kind]
    why: str
    digest: bytes | None = None
    is_remembered: bool = False


class Settled(Exception):
    """Ends the judging."""

    def __init__(self, verdict: Verdict, why: str, *kinds: Kind) -> None:
        super().__init__(why)
        self.verdict = verdict
        self.why = why
        self.kinds = frozenset(kinds)


def _invalid(why: str, *kinds: Kind) -> NoReturn:
    raise Settled(Verdict.INVALID, why, *(kinds or (BAD_JSON,)))


def _refuse(why: str, *kinds: Kind) -> NoReturn:
    raise Settled(Verdict.REFUSE, why, *(kinds or (FORBIDDEN,)))


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body that could be read."""

    event: dict[str, Any]
    is_strict: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request, as far as its answer depends on it.

    Attributes:
        body: its bytes.
        requester: who signed it.
        is_authentic: whether the header is in order, and signs this body for this server.
        is_spam: the event was made to be refused.
        spam_body: the `body` for which it surely will be.
    """

    body: bytes
    requester: Homeserver
    is_authentic: bool = True
    is_spam: bool = False
    spam_body: str = ""


@dataclass
class Judge:
    """Judges questions in the order in which they are asked.

    Args:
        our_name: the server under test.
        rooms: those that it is in, by room ID.
        homeservers: those whose keys it knows, by server name.
        keys_valid_until_ts: when those keys were published to end, give or take a day.
    """

    our_name: str
    rooms: Mapping[str, Room]
    homeservers: Mapping[str, Homeserver]
    keys_valid_until_ts: int
    standing: dict[bytes, Verdict] = field(default_factory=dict)

    def judge(self, question: Question) -> Judgement:
        digest = None
        try:
            if len(question.body) > MAX_BODY_BYTES:
                _invalid("the body is too large", TOO_LARGE)
            parsed = parse(question.body)
            room = self._find_room(parsed.event)
            check_shape(parsed, room.version)
            digest = digest_of(parsed.event, room.version)
            self._check_size(parsed.event)
            if not question.is_authentic:
                _invalid("the request is not signed by its origin", UNAUTHORIZED, TROUBLE)
            if question.requester.server_name in room.denied:
                _invalid("the room's ACL denies the requesting server", DENIED)
            self._check_standing(digest)
            return self._judge_fresh(question, parsed.event, room, digest)
        except Settled as end:
            return Judgement(end.verdict, end.kinds, end.why, digest)

    def note(self, judgement: Judgement, status: int) -> None:
        """Remember an answer that stands from now on."""
        if judgement.is_remembered and judgement.digest is not None and status in (200, 400):
            verdict = Verdict.SIGN if status == 200 else Verdict.REFUSE
            self.standing[judgement.digest] = verdict

    def _find_room(self, event: dict[str, Any]) -> Room:
        room_id = event.get("room_id")
        if event.get("type") == "m.room.create" and "room_id" not in event:
            _invalid("a create event of a room that is not ours", NOT_FOUND, BAD_JSON)
        if type(room_id) is not str:
            _invalid("there is no room_id")
        room = self.rooms.get(room_id)
        if room is None:
            _invalid("the room is not ours", NOT_FOUND, BAD_JSON)
        return room

    def _check_size(self, event: dict[str, Any]) -> None:
        ours = {**event["signatures"].get(self.our_name, {}), POLICY_KEY_ID: "A" * 86}
        signatures = {**event["signatures"], self.our_name: ours}
        sized = {**event, "signatures": signatures}
        sized.pop("unsigned", None)
        if len(oracle.canonical(sized)) > MAX_EVENT_BYTES:
            _invalid("with our signature the event is too large")

    def _check_standing(self, digest: bytes) -> None:
        match self.standing.get(digest):
            case Verdict.SIGN:
                raise Settled(Verdict.SIGN, "it was signed before", SIGNED)
            case Verdict.REFUSE:
                _refuse("it was refused before")

    def _judge_fresh(
        self, question: Question, event: dict[str, Any], room: Room, digest: bytes
    ) -> Judgement:
        is_odd = self._check_hash(event)
        is_odd |= self._check_signatures(event, room.version)
        if event["type"] in EXEMPT_TYPES and event.get("state_key") == "":
            return Judgement(Verdict.SIGN, frozenset({SIGNED}), "exempt", digest)
        either = frozenset({SIGNED, FORBIDDEN})
        if is_odd:
            return Judgement(Verdict.EITHER, either, "oddly spelled base64", digest, True)
        if not question.is_spam:
            return Judgement(Verdict.SIGN, frozenset({SIGNED}), "valid", digest, True)
        content = event["content"]
        if (
            event["type"] == "m.room.message"
            and content.get("body") == question.spam_body
            and content.get("msgtype") == "m.text"
            and "state_key" not in event
        ):
            return Judgement(Verdict.REFUSE, frozenset({FORBIDDEN}), "spam", digest, True)
        return Judgement(Verdict.EITHER, either, "altered spam", digest, True)

    def _check_hash(self, event: dict[str, Any]) -> bool:
        claim, is_odd = read_base64(event["hashes"]["sha256"])
        if claim != oracle.decode_base64(oracle.content_hash(event)):
            _refuse("the content hash is wrong")
        return is_odd

    def _check_signatures(self, event: dict[str, Any], version: str) -> bool:
        is_odd = False
        mandatory, optional = _signers(event, version)
        if _is_third_party_invite(event):
            _refuse("the room knows no such third-party invite")
        for name in mandatory:
            _count_signatures(event, name)
            is_odd |= self._check_signer(event, version, name, is_mandatory=True)
        for name in optional:
            _count_signatures(event, name)
            is_odd |= self._check_signer(event, version, name, is_mandatory=False)
        return is_odd

    def _check_signer(
        self, event: dict[str, Any], version: str, name: str, *, is_mandatory: bool
    ) -> bool:
        signatures = _ed25519_signatures(event, name)
        if not signatures:
            if is_mandatory:
                _refuse(f"{name} has not signed")
            return False
        homeserver = self.homeservers.get(name)
        if homeserver is None:
            if not is_mandatory:
                return False
            if name == self.our_name:
                _refuse("our own key did not sign")
            _refuse(f"the keys of {name} cannot be had", TROUBLE, FORBIDDEN)
        is_late = int(version) >= 5 and event["origin_server_ts"] > self.keys_valid_until_ts
        keys = {} if is_late else homeserver.public_keys
        known = {key_id: text for key_id, text in signatures.items() if key_id in keys}
        if is_mandatory and not known:
            _refuse("no key is known", FORBIDDEN, TROUBLE)
        is_odd = False
        for key_id, text in known.items():
            raw, odd = read_base64(text)
            is_odd |= odd
            if not signature_is_right(event, version, raw, keys[key_id]):
                _refuse(f"the signature of {name} is wrong")
        return is_odd


def parse(body: bytes) -> Parsed:
    """Read a body as strictly as a signer must.

    Raises:
        Settled: it is not JSON, or not of the kind that everybody reads alike.
    """
    is_strict = True

    def read_int(text: str) -> int:
        nonlocal is_strict
        if text == "-0":
            is_strict = False
            return 0
        if len(text.lstrip("-")) > 20:
            _invalid("an endless number", BAD_JSON, NOT_JSON)
        number = int(text)
        is_strict &= abs(number) <= MAX_SAFE
        return number

    def read_float(text: str) -> float:
        nonlocal is_strict
        is_strict = False
        number = float(text)
        if number in (float("inf"), float("-inf")):
            _invalid("a number too large for a float", BAD_JSON, NOT_JSON)
        return number

    def read_constant(_text: str) -> NoReturn:
        _invalid("NaN or Infinity", NOT_JSON, BAD_JSON)

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            _invalid("a repeated key", BAD_JSON, NOT_JSON)
        return made

    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_int=read_int,
            parse_float=read_float,
            parse_constant=read_constant,
            object_pairs_hook=read_object,
        )
        oracle.canonical(value)
    except (ValueError, RecursionError):
        _invalid("not JSON", NOT_JSON, BAD_JSON)
    if _depth(value) > MAX_DEPTH:
        _invalid("too deep", BAD_JSON, NOT_JSON)
    if type(value) is not dict:
        _invalid("not an object", BAD_JSON)
    return Parsed(value, is_strict)


def check_shape(parsed: Parsed, version: str) -> None:
    """Check an event's shape by its room version.

    Raises:
        Settled: it has another.
    """
    event = parsed.event
    number = int(version)
    if number >= 6 and not parsed.is_strict:
        _invalid("numbers outside canonical JSON")
    for key in ("type", "sender"):
        _check_text(event.get(key), key)
    if "state_key" in event:
        _check_text(event["state_key"], "state_key")
    if _domain(event["sender"], "@") is None:
        _invalid("the sender is no user ID")
    if type(event.get("content")) is not dict:
        _invalid("the content is no object")
    _check_integer(event.get("origin_server_ts"), MAX_INT64)
    _check_integer(event.get("depth"), MAX_SAFE if number >= 6 else MAX_INT64)
    _check_references(event.get("prev_events"), 20, number)
    _check_references(event.get("auth_events"), 10, number)
    hashes = event.get("hashes")
    if type(hashes) is not dict or type(hashes.get("sha256")) is not str:
        _invalid("no content hash")
    signatures = event.get("signatures")
    if type(signatures) is not dict or not all(
        type(of_server) is dict and all(type(text) is str for text in of_server.values())
        for of_server in signatures.values()
    ):
        _invalid("misshapen signatures")
    if (
        event["type"] == "m.room.redaction"
        and number < 11
        and type(event.get("redacts", "")) is not str
    ):
        _invalid("redacts is no string")
    _check_ids(event, number)


def digest_of(event: dict[str, Any], version: str) -> bytes:
    """Return the SHA-256 of what servers sign of an event."""
    return hashlib.sha256(signed_bytes(event, version)).digest()


def signed_bytes(event: dict[str, Any], version: str) -> bytes:
    redacted = oracle.redact(version, event)
    redacted.pop("signatures", None)
    redacted.pop("unsigned", None)
    encoded: bytes = oracle.canonical(redacted)
    return encoded


def signature_is_right(
    event: dict[str, Any], version: str, signature: bytes | None, public_key: str
) -> bool:
    """Return True for the key's signature on the redacted event."""
    return is_signature_on(signed_bytes(event, version), signature, public_key)


def is_signature_on(message: bytes, signature: bytes | None, public_key: str) -> bool:
    """Return True for the key's signature on these bytes."""
    if signature is None or len(signature) != 64:
        return False
    key = oracle.decode_verify_key_bytes("ed25519:x", oracle.decode_base64(public_key))
    try:
        key.verify(message, signature)
    except Exception:  # noqa: BLE001 - whatever the library raises, it is no
        return False
    return True


def contacted(event: Mapping[str, Any], version: str) -> set[str]:
    """Return the servers whose keys could be asked for because of an event."""
    try:
        mandatory, optional = _signers(dict(event), version)
    except Settled:
        return set()
    return {*mandatory, *optional}


def _signers(event: dict[str, Any], version: str) -> tuple[list[str], list[str]]:
    sender = _domain(event.get("sender"), "@") or ""
    mandatory = [sender]
    optional = []
    if version in oracle.SENDER_CHOSEN_IDS:
        mandatory.append(_domain(event.get("event_id"), "$") or "")
    content = event.get("content")
    if event.get("type") == "m.room.member" and isinstance(content, dict):
        membership = content.get("membership")
        if membership == "invite":
            optional.append(_domain(event.get("state_key"), "@"))
        if membership == "join" and int(version) >= 8:
            optional.append(_domain(content.get("join_authorised_via_users_server"), "@"))
    others = [name for name in optional if name is not None and name not in mandatory]
    return [name for name in dict.fromkeys(mandatory) if name], others


def _is_third_party_invite(event: dict[str, Any]) -> bool:
    content = event["content"]
    return (
        event["type"] == "m.room.member"
        and content.get("membership") == "invite"
        and "third_party_invite" in content
    )


def _ed25519_signatures(event: dict[str, Any], name: str) -> dict[str, str]:
    return {
        key_id: text
        for key_id, text in event["signatures"].get(name, {}).items()
        if re.fullmatch(r"ed25519:.{1,120}", key_id, re.DOTALL) and key_id != POLICY_KEY_ID
    }


def _count_signatures(event: dict[str, Any], name: str) -> None:
    if len(_ed25519_signatures(event, name)) > MAX_SIGNATURES:
        _invalid("too many signatures", BAD_JSON, FORBIDDEN)


def _check_text(value: object, key: str) -> None:
    if type(value) is not str or len(value.encode("utf-8", "surrogatepass")) > 255:
        _invalid(f"{key} is no short text")


def _check_integer(value: object, most: int) -> None:
    if type(value) is not int or not 0 <= value <= most:
        _invalid("a time or depth that is none")


def _check_references(value: object, most: int, version: int) -> None:
    if type(value) is not list or len(value) > most:
        _invalid("misshapen references")
    for entry in value:
        if version >= 3:
            _check_hash_id(entry, version)
            continue
        if type(entry) is not list or len(entry) != 2 or type(entry[1]) is not dict:
            _invalid("misshapen references")
        # Synapse makes references without a hash.
        has_hash = type(entry[1].get("sha256")) is str
        if not (has_hash or entry[1] == {}) or _domain(entry[0], "$") is None:
            _invalid("misshapen references")


def _check_hash_id(value: object, version: int) -> None:
    alphabet = "+/" if version == 3 else "_-"
    if type(value) is not str or not re.fullmatch(rf"\$[A-Za-z0-9{alphabet}]{{43}}", value):
        _invalid("misshapen references")


def _check_ids(event: dict[str, Any], version: int) -> None:
    if version < 3:
        if _domain(event.get("event_id"), "$") is None:
            _invalid("no event ID")
    elif "event_id" in event:
        _invalid("an event ID")
    if version == 12 and event["type"] == "m.room.create":
        if "room_id" in event:
            _invalid("a create event with a room ID")
        return
    room_id = event.get("room_id")
    if version < 12:
        if _domain(room_id, "!") is None:
            _invalid("no room ID")
        return
    if type(room_id) is not str or not re.fullmatch(r"![A-Za-z0-9_-]{43}", room_id):
        _invalid("no room ID")
    if "$" + room_id[1:] in event["auth_events"]:
        _invalid("the create event among the auth events")


def _domain(identifier: object, sigil: str) -> str | None:
    """Return the server name in an identifier, or None if it is none."""
    if type(identifier) is not str or not identifier.startswith(sigil) or "\0" in identifier:
        return None
    if len(identifier.encode("utf-8", "surrogatepass")) > 255:
        return None
    name = identifier.partition(":")[2]
    return name if _is_server_name(name) else None


def _is_server_name(name: str) -> bool:
    host, port = name, ""
    match = re.fullmatch(r"(\[[^]]*\]|[^:]*)(?::([0-9]{1,5}))?", name, re.DOTALL)
    if match is None:
        return False
    host, port = match[1], match[2]
    if port is not None and not 0 < int(port) <= 65535:
        return False
    if host.startswith("["):
        return _is_address(host[1:-1])
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", host):
        return _is_address(host)
    return re.fullmatch(r"[A-Za-z0-9.-]{1,255}", host) is not None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def read_base64(text: str) -> tuple[bytes | None, bool]:
    """Return what a text decodes to, and whether it is spelled otherwise than it should be."""
    if not re.fullmatch(r"[A-Za-z0-9+/_-]*={0,2}", text):
        return None, False
    plain = text.translate({ord("-"): "+", ord("_"): "/"}).rstrip("=")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None, False
    return raw, oracle.encode_base64(raw) != text


def _depth(value: object) -> int:
    deepest = 0
    waiting: list[tuple[object, int]] = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict | list):
            deepest = max(deepest, depth)
            waiting.extend((inner, depth + 1) for inner in _inner(item))
    return deepest


def _inner(item: dict[str, Any] | list[Any]) -> Iterator[Any]:
    return iter(item.values() if isinstance(item, dict) else item)
