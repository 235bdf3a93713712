"""The sign path: one request from its header to a signature or a refusal.

Cheap checks come first, requests to other servers late, and changes of state last, only for events
whose content hash, signatures and room were verified. The numbers of the steps are those of
`docs/life-of-a-request.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.never_blocked import is_never_blocked
from countersign.protocol.canonical_json import (
    MAX_EVENT_VALUES,
    JsonObject,
    ParsedJson,
    parse_object,
)
from countersign.protocol.errors import CountersignError, SignatureInvalid
from countersign.protocol.events.event_signatures import is_third_party_invite
from countersign.protocol.events.pdu import Pdu, parse_pdu, room_id_of
from countersign.protocol.keys.x_matrix import XMatrix
from countersign.protocol.rooms.policy_servers import check_size_with_signature, is_exempt
from countersign.service.errors import AclDenied, EventRefused, NotProtected, TryLater
from countersign.service.evaluation.decide import Decide
from countersign.service.evaluation.new_events import NewEvents
from countersign.service.identity import Identity
from countersign.service.keys.event_verification import (
    check_invited_by_third_party,
    check_signatures,
)
from countersign.service.keys.key_ring import KeyRing
from countersign.service.keys.policy_signatures import PolicySignatures
from countersign.service.limits.known_clients import UNKNOWN_CLIENT, Client
from countersign.service.misses import MISS
from countersign.service.processes.change_feed import CatchUp, nothing_to_catch_up
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room
from countersign.service.signing.known_copies import (
    Copy,
    KnownCopies,
    KnownCopy,
    key_of_copy,
    verification_key,
)
from countersign.service.signing.request_auth import RequestAuth
from countersign.service.signing.sign_limits import SignLimits
from countersign.service.signing.sign_observers import NO_OBSERVERS, SignObservers, notify
from countersign.service.single_flight import SingleFlight

STARTING: Final = "Please try again in a moment: this policy server is starting."
JOINING: Final = "Please try again in a moment: this policy server is joining the room."


@dataclass(slots=True)
class RequestSubject:
    """Subject of a request, set while it is processed, also for an error.

    Attributes:
        room_id: the event's room, once it is known to be protected.
    """

    room_id: str | None = None


class SignEvent:
    """Answers `POST /_matrix/policy/v1/sign`.

    Spec: https://spec.matrix.org/v1.18/server-server-api/#post_matrixpolicyv1sign

    `pages_at` is the URL prefix of the pages that explain refusals (the reference follows); None
    without pages. `catch_up` reads what other processes changed. `copies` are those answered.
    `new_events` are decided without a look for their decision.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        auth: RequestAuth,
        limits: SignLimits,
        rooms: Rooms,
        key_ring: KeyRing,
        decide: Decide,
        signatures: PolicySignatures,
        observers: SignObservers = NO_OBSERVERS,
        pages_at: str | None = None,
        catch_up: CatchUp = nothing_to_catch_up,
        copies: KnownCopies | None = None,
        new_events: NewEvents | None = None,
    ) -> None:
        self._server_name = identity.server_name
        self._our_user_id = identity.user_id
        self._auth = auth
        self._limits = limits
        self._rooms = rooms
        self._key_ring = key_ring
        self._decide = decide
        self._signatures = signatures
        self._observers = observers
        self._pages_at = pages_at
        self._catch_up = catch_up
        self._verifications: SingleFlight[Copy | bytes, RecordedDecision | None] = SingleFlight()
        self._runs: SingleFlight[bytes, RecordedDecision] = SingleFlight()
        self._copies = copies or KnownCopies()
        self._new_events = new_events

    def check_authorization(self, authorization: Sequence[bytes]) -> XMatrix:
        """Step 2: the grammar of the X-Matrix header, before a byte of the body is read.

        Raises:
            Unauthorized: see `RequestAuth.parse`.
            RateLimited: the origin asked too fast a moment ago.
        """
        credentials = self._auth.parse(authorization)
        self._limits.check_claimed_origin(credentials.origin)
        return credentials

    async def sign(
        self,
        *,
        credentials: XMatrix,
        method: str,
        target: bytes,
        body: bytes,
        client: Client = UNKNOWN_CLIENT,
        subject: RequestSubject | None = None,
    ) -> JsonObject:
        """Return our signature of the event in `body`, as `{server name: {key ID: signature}}`.

        Args:
            credentials: what `check_authorization` returned.
            method: upper case, as it was signed.
            target: the request-target's bytes exactly as received.
            body: the request's body; its length was capped by the caller.
            client: where the request comes from.
            subject: is filled in, for the language of an error.

        Raises:
            ProtocolError: the body, the event or its signatures do not conform to Matrix.
            NotProtected: we are not in the event's room.
            NotAuthenticated: the request is not signed by its origin.
            AclDenied: the room's ACL denies the origin.
            RateLimited: the origin, its domain or its network asks too fast.
            EventRefused: the policy refuses the event; this is final.
            TryLater, KeysUnavailable, StoreUnavailable: a failure on our side; nothing was decided.
        """
        # 3. Strict UTF-8, bounded depth, strict JSON.
        parsed = parse_object(body, max_values=MAX_EVENT_VALUES)

        # 4. A room of ours, now or formerly. Before any key is fetched, so that strangers cost
        # little.
        room = await self._get_room(room_id_of(parsed.value))
        if subject is not None:
            subject.room_id = room.room_id

        is_member = room.state.is_server_joined(credentials.origin)
        await self._limits.wait_for_turn(room, credentials.origin, client, is_member=is_member)

        # 5. and 6. Its shape; its event ID, computed by us; the bytes to sign; its content hash.
        key = key_of_copy(parsed, room.rules)
        known_copy = self._copies.find(key) if room.is_joined else None
        pdu = await self._read(parsed, room) if known_copy is None else None

        # 7. The request's signature, the room's server ACL, and the limits on rates.
        origin = await self._auth.verify(
            credentials,
            method,
            target,
            parsed.canonical,
            is_known=is_member,
        )
        acl = room.state.acl
        if acl is not None and not acl.allows(origin):
            raise AclDenied(origin)
        self._limits.charge_origin(origin, client, is_member=is_member)

        # 8. A stored decision stands, whatever copy of the event this is.
        if known_copy is not None:
            signature = self._sign_again(known_copy, room, origin)
            if signature is not None:
                return signature
        if pdu is None:
            pdu = await self._read(parsed, room)
        is_new = self._new_events is not None and self._new_events.is_new(pdu, origin)
        decision = None if is_new else await self._decide.find_decision(pdu.digest)
        if decision is None:
            decision = await self._decide_verified(pdu, room, origin, key, is_new=is_new)

        self._rooms.record_request(room, origin)
        notify(self._observers.answered, pdu, room, origin, decision)

        # 12. An exempt event has no decision; it is always signed.
        if decision is not None and decision.decision.verdict is Verdict.REFUSE:
            raise EventRefused.of(decision, self._pages_at)
        signature = self._signatures.sign(pdu, room.state.room_policy)
        known_signature = None
        if decision is not None and self._copies.are_shared:
            known_signature = self._signatures.known_signature_in(signature, room.state.room_policy)
        self._copies.note(key, pdu, known_signature)
        return signature

    async def _read(self, parsed: ParsedJson, room: Room) -> Pdu:
        pdu = parse_pdu(parsed.value, room.rules, is_strict_json=parsed.is_strict)
        check_size_with_signature(pdu, self._server_name)
        if not room.is_joined:
            await self._require_answer_after_leaving(pdu, room)
        await self._decide.stages.begin()
        return pdu

    def _sign_again(self, known_copy: KnownCopy, room: Room, origin: str) -> JsonObject | None:
        """Return the signature of a copy that was answered before, if all of it is in memory."""
        if known_copy.shared_signature is not None:
            signature = self._signatures.answer_from_known(
                known_copy.shared_signature, room.state.room_policy
            )
        else:
            decision = self._decide.peek_decision(known_copy.digest)
            if decision is MISS or decision.decision.verdict is not Verdict.SIGN:
                return None
            signature = self._signatures.peek(known_copy.digest, room.state.room_policy)
        if signature is not None:
            self._rooms.record_request(room, origin)
            notify(self._observers.repeated, known_copy.digest, known_copy.sender_server, origin)
        return signature

    async def _get_room(self, room_id: str) -> Room:
        if not self._rooms.is_loaded:
            raise TryLater(STARTING)
        room = self._rooms.get(room_id)
        if room is None or not room.is_joined:
            # Another process may have joined it a moment ago; our answer would be final.
            await self._catch_up()
            room = self._rooms.get(room_id)
        if room is None:
            raise self._not_protected(room_id)
        return room

    def _not_protected(self, room_id: str) -> CountersignError:
        # The state of a large room takes a while to verify, and its servers may list us as joined.
        if self._rooms.is_joining(room_id):
            return TryLater(JOINING)
        return NotProtected()

    async def _require_answer_after_leaving(self, pdu: Pdu, room: Room) -> None:
        """Step 4 for a room that our user has left: servers that do not know yet still ask.

        They ask also about the event that removed us. Without a signature it would be soft-failed
        there: we would stay joined for ever, and nobody could send any more.
        """
        if not (
            is_exempt(pdu)
            or is_never_blocked(pdu, room.state, our_user_id=self._our_user_id)
            or await self._decide.find_decision(pdu.digest) is not None
        ):
            raise self._not_protected(room.room_id)

    async def _decide_verified(
        self, pdu: Pdu, room: Room, origin: str, key: bytes | None, *, is_new: bool
    ) -> RecordedDecision | None:
        """Steps 9 to 11 for an event without a decision; None for an exempt event."""
        # If the content does not match its hash, filters would judge something other than what the
        # signature covers. Nothing is stored: the true copy may still come.
        if not pdu.has_intact_content:
            raise SignatureInvalid(
                "The event's content does not match its content hash; ask with the full event."
            )
        # Copies with different signatures are verified separately: one may be forged.
        copy = verification_key(pdu, origin, key)
        deciding = self._verifications.run_at_once(copy, lambda: self._verify(pdu, room, origin))
        if is_new and self._new_events is not None:
            return await self._new_events.unless_decided(pdu.digest, deciding)
        return await deciding

    async def _verify(self, pdu: Pdu, room: Room, origin: str) -> RecordedDecision | None:
        # 9. The sender's signatures, as the room version demands them.
        await self._check_signatures(pdu, room, origin)
        if is_exempt(pdu):
            return None
        self._limits.charge_decision(pdu, room, origin)
        # 10. and 11. One run and one record per event, however many servers ask at once.
        return await self._runs.run_shielded(
            pdu.digest, lambda: self._decide_once(pdu, room, origin)
        )

    async def _decide_once(self, pdu: Pdu, room: Room, origin: str) -> RecordedDecision:
        decision = await self._decide.run(pdu, room, origin)
        notify(self._observers.decided, pdu, room, origin, decision)
        return decision

    async def _check_signatures(self, pdu: Pdu, room: Room, origin: str) -> None:
        # Any server of the room can put any name into `sender`; only a member's server is known.
        state = room.state
        is_known = state.is_server_joined(pdu.sender_server) or pdu.sender in state.members
        await check_signatures(pdu, self._key_ring, is_known=is_known)
        if is_third_party_invite(pdu):
            await check_invited_by_third_party(pdu, state, origin, self._key_ring)
