"""Signatures of events: which are required, their verification, and signing.

The caller finds the keys of the servers in `signature_demands` and passes them to `check_demand`.
For the policy server's signature see `protocol/rooms/policy_servers.py`.

Spec:
    https://spec.matrix.org/v1.18/server-server-api/#validating-hashes-and-signatures-on-received-events
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from countersign.basics.records import record
from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import EventMalformed, ProtocolError, SignatureInvalid
from countersign.protocol.events.hashes import content_hash, signed_bytes
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.identifiers import is_user_id, server_name_of
from countersign.protocol.keys.signatures import signature_verifies, with_signature
from countersign.protocol.keys.signing_keys import (
    PolicySigningKey,
    ServerSigningKey,
    VerifyKey,
    is_ed25519_key_id,
)
from countersign.protocol.room_versions import RoomVersionRules

MAX_SIGNATURES_PER_SERVER: Final = 8
_MAX_INVITE_SIGNATURES: Final = 8


@record(frozen=True, slots=True)
class SignatureDemand:
    """One server whose signatures on an event are to be verified.

    Attributes:
        server: the server name; only keys that it publishes count.
        signatures: key ID to base64 signature, Ed25519 only, without the policy key's.
        is_mandatory: at least one signature must verify; otherwise keys may be unknown.
    """

    server: str
    signatures: Mapping[str, str]
    is_mandatory: bool


def signature_demands(pdu: Pdu) -> tuple[SignatureDemand, ...]:
    """Return the servers whose signatures to verify, the mandatory ones first.

    Mandatory are the sender's server and, in room versions 1 and 2, the one in the event ID. The
    server that authorised a restricted join and the invited user's server may sign after the policy
    server: their signatures may be absent, but not wrong. A third-party invite need not be signed
    by its sender's server; see `check_third_party_invite` and `demand_of`.

    Raises:
        EventMalformed: more than 8 signatures by one of these servers.
        SignatureInvalid: a mandatory server has none.
    """
    if pdu.type != "m.room.member" and not pdu.rules.sender_chooses_event_id:
        return (demand_of(pdu, pdu.sender_server),)  # nearly all events
    mandatory = dict.fromkeys(_mandatory_servers(pdu))
    optional = dict.fromkeys(_optional_servers(pdu))
    return (
        *(demand_of(pdu, server) for server in mandatory),
        *(
            demand
            for server in optional
            if server not in mandatory
            for demand in [demand_of(pdu, server, is_mandatory=False)]
            if demand.signatures
        ),
    )


def demand_of(pdu: Pdu, server: str, *, is_mandatory: bool = True) -> SignatureDemand:
    """Return the demand for one server's signatures on the event.

    Raises:
        EventMalformed: it made more than 8.
        SignatureInvalid: it is mandatory and made none.
    """
    of_server = pdu.signatures.get(server, {})
    signatures = {
        key_id: signature
        for key_id, signature in of_server.items()
        if is_ed25519_key_id(key_id) and key_id != PolicySigningKey.KEY_ID
    }
    if len(signatures) > MAX_SIGNATURES_PER_SERVER:
        raise EventMalformed(
            f"The event has {len(signatures)} signatures by {server};"
            f" {MAX_SIGNATURES_PER_SERVER} are plenty."
        )
    if is_mandatory and not signatures:
        raise SignatureInvalid(f"The event is not signed by {server}.")
    return SignatureDemand(server, signatures, is_mandatory)


def check_demand(pdu: Pdu, demand: SignatureDemand, keys: Mapping[str, VerifyKey]) -> None:
    """Verify every signature whose key is known; unknown keys are skipped.

    Args:
        pdu: the event.
        demand: from `signature_demands`.
        keys: the server's keys that were valid at the event's time, by key ID.

    Raises:
        SignatureInvalid: a known key's signature is wrong, or a mandatory server has no known key.
    """
    verified = 0
    for key_id, signature in demand.signatures.items():
        key = keys.get(key_id)
        if key is None:
            continue
        verified += 1
        if not key.verify_base64(pdu.signed_bytes, signature):
            raise SignatureInvalid(f"The signature by {demand.server} with key {key_id} is wrong.")
    if demand.is_mandatory and not verified:
        raise SignatureInvalid(
            f"None of the event's signatures by {demand.server} has a known key."
        )


def sign_event(
    event: JsonObject, rules: RoomVersionRules, server_name: str, key: ServerSigningKey
) -> JsonObject:
    """Return a new event with our server's signature added; its `hashes` must be there already.

    Raises:
        ProtocolError: the event has no canonical form.
    """
    signature = key.sign(signed_bytes(event, rules))
    return with_signature(event, server_name, key.key_id, signature)


def hash_and_sign_event(
    event: JsonObject, rules: RoomVersionRules, server_name: str, key: ServerSigningKey
) -> JsonObject:
    """Return a new event with its content hash and our server's signature: ready to be sent.

    Raises:
        ProtocolError: the event has no canonical form.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#adding-hashes-and-signatures-to-outgoing-events
    """
    hashes = {"sha256": unpadded_base64.encode(content_hash(event, rules))}
    return sign_event({**event, "hashes": hashes}, rules, server_name, key)


def is_third_party_invite(pdu: Pdu) -> bool:
    """Return True if this invite results from a third-party invite."""
    return (
        pdu.type == "m.room.member"
        and pdu.content.get("membership") == "invite"
        and "third_party_invite" in pdu.content
    )


def third_party_invite_token(pdu: Pdu) -> str | None:
    """Return the state key of the `m.room.third_party_invite` that the invite refers to."""
    signed = _signed_of_third_party_invite(pdu)
    token = signed.get("token") if signed is not None else None
    return token if isinstance(token, str) else None


def find_authorising_server(pdu: Pdu) -> str | None:
    """Return the server that authorised this join of a restricted room, or None.

    Its signature makes the join valid, but may still be missing when a Policy Server is asked.

    Spec: https://spec.matrix.org/v1.18/rooms/v8/#authorisation-rules, rule 5.2.
    """
    authoriser = pdu.content.get("join_authorised_via_users_server")
    if (
        pdu.rules.restricted_joins
        and pdu.type == "m.room.member"
        and pdu.content.get("membership") == "join"
        and isinstance(authoriser, str)
        and is_user_id(authoriser)
    ):
        return server_name_of(authoriser)
    return None


def check_third_party_invite(pdu: Pdu, invite_content: JsonObject) -> None:
    """Verify that the identity server signed for this user.

    Otherwise anybody could forge `sender`. The caller also demands the requesting server's own
    signature (`demand_of`), and finds the invite by `third_party_invite_token`.

    Args:
        pdu: the invite.
        invite_content: content of the room's `m.room.third_party_invite` with that token.

    Raises:
        SignatureInvalid: `signed` is missing, names another user, or no key of the room's invite
            signed it.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#verifying-the-invite
    """
    signed = _signed_of_third_party_invite(pdu)
    if signed is None:
        raise SignatureInvalid("The third-party invite has nothing signed.")
    if pdu.state_key is None or signed.get("mxid") != pdu.state_key:
        raise SignatureInvalid("The third-party invite was signed for another user.")
    for server_name, key_id in islice(_signers(signed), _MAX_INVITE_SIGNATURES):
        for text in islice(_invite_keys(invite_content), _MAX_INVITE_SIGNATURES):
            try:
                key = VerifyKey.from_base64(key_id, text)
            except ProtocolError:
                continue
            if signature_verifies(signed, server_name, key):
                return
    raise SignatureInvalid("No key of the room's third-party invite signed this invite.")


def _mandatory_servers(pdu: Pdu) -> Iterator[str]:
    if not is_third_party_invite(pdu):
        yield pdu.sender_server
    if pdu.rules.sender_chooses_event_id:
        yield server_name_of(pdu.event_id)


def _optional_servers(pdu: Pdu) -> Iterator[str]:
    yield pdu.sender_server
    if pdu.type != "m.room.member":
        return
    membership = pdu.content.get("membership")
    if membership == "invite" and pdu.state_key is not None and is_user_id(pdu.state_key):
        yield server_name_of(pdu.state_key)
    authorising_server = find_authorising_server(pdu)
    if authorising_server is not None:
        yield authorising_server


def _signed_of_third_party_invite(pdu: Pdu) -> JsonObject | None:
    invite = pdu.content.get("third_party_invite")
    signed = invite.get("signed") if isinstance(invite, dict) else None
    return signed if isinstance(signed, dict) else None


def _signers(signed: JsonObject) -> Iterator[tuple[str, str]]:
    signatures = signed.get("signatures")
    for server_name, of_server in (signatures if isinstance(signatures, dict) else {}).items():
        for key_id in of_server if isinstance(of_server, dict) else ():
            if is_ed25519_key_id(key_id):
                yield server_name, key_id


def _invite_keys(invite_content: JsonObject) -> Iterator[str]:
    several: Any = invite_content.get("public_keys")
    candidates = [invite_content.get("public_key")]
    candidates += [
        entry.get("public_key")
        for entry in (several if isinstance(several, list) else [])
        if isinstance(entry, dict)
    ]
    yield from (text for text in candidates if isinstance(text, str))
