"""Invitations of our user: checked, signed, and followed by a join.

Answering an invitation means signing another server's event with our server key. So every part that
could give the signature another meaning is checked first.

Spec: https://spec.matrix.org/v1.18/server-server-api/#inviting-to-a-room
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol

import structlog

from countersign.basics.backoff import Backoff
from countersign.policy.document.globs import Globs
from countersign.ports.errors import StoreUnavailable
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.events.event_signatures import (
    demand_of,
    sign_event,
)
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.room_versions import ROOM_VERSIONS
from countersign.service.background import BackgroundTasks, Work
from countersign.service.errors import Forbidden, RateLimited
from countersign.service.handshakes.joining import JoinFailed
from countersign.service.identity import Identity
from countersign.service.keys.event_verification import check_signatures
from countersign.service.keys.key_ring import KeyRing
from countersign.service.rooms.invitations import (
    IncompatibleRoomVersion,
    check_invitation,
    check_invited_room,
    is_shown_as_room,
)
from countersign.service.rooms.protected_rooms import Rooms

MAX_JOINS_WAITING: Final = 50
JOINS_AT_ONCE: Final = 4
JOIN_AFTER_SECONDS: Final = tuple(Backoff(first=0.3, longest=30).waits(8))
"""Delays before attempts to join: the inviting server must have stored our answer first."""

TELL_EVERY_SECONDS: Final = 60.0
"""Minimum interval between log lines on refused invitations: anybody may send any number."""

_BUSY_RETRY_MS: Final = 30_000

log = structlog.get_logger()


OpensChat = Callable[[Pdu], Awaitable[bool]]
"""Opens a direct chat with the sender of a verified invitation if allowed; returns True if it did.

Raises:
    RateLimited: there are too many.
    StoreUnavailable: it is not known whether it may.
"""


async def _opens_no_chat(_invitation: Pdu) -> bool:
    return False


class TakesRooms(Protocol):
    """Takes rooms to which a person in the settings is expected to invite us."""

    def is_awaited_from(self, user_id: str) -> bool:
        """Return True if an invitation by this user is expected."""
        ...

    def find_fault(self, invitation: Pdu, room_state: Sequence[Any]) -> str | None:
        """Return why a room is unsuitable, as far as the invitation shows; None if it may fit."""
        ...

    async def take(self, invitation: Pdu) -> str | None:
        """Take over a joined room; return the reason if it was not taken, else None."""
        ...


class Invites:
    """Answers invitations of our user, and joins the rooms it is invited to.

    Args:
        accept_from: globs over the user IDs and server names whose invitations are accepted.
        rooms: joins.
        key_ring: for servers' keys.
        background: joins once the invitation is answered.
        is_expected: returns True for the ID of a room that the settings name; invitations to it are
            accepted from everybody who may invite there.
        opens_chat: opens a direct chat with the sender of an invitation, if it asks for one and is
            allowed to; such invitations are accepted.
        awaited: takes rooms to which a person in the settings is expected to invite us. Such an
            invitation is accepted; an unsuitable room is left again.
        join_after_seconds: delays before the attempts to join.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        accept_from: Sequence[str],
        rooms: Rooms,
        key_ring: KeyRing,
        background: BackgroundTasks,
        is_expected: Callable[[str], bool] = lambda _room_id: False,
        opens_chat: OpensChat = _opens_no_chat,
        awaited: TakesRooms | None = None,
        join_after_seconds: Sequence[float] = JOIN_AFTER_SECONDS,
    ) -> None:
        self._identity = identity
        self._accept_from = Globs(accept_from)
        self._is_expected = is_expected
        self._opens_chat = opens_chat
        self._awaited = awaited
        self._rooms = rooms
        self._key_ring = key_ring
        self._background = background
        self._join_after_seconds = tuple(join_after_seconds)
        self._slots = asyncio.Semaphore(JOINS_AT_ONCE)
        self._waiting = 0
        self._told_at = float("-inf")
        self._untold = 0

    async def accept(
        self,
        *,
        room_id: str,
        event_id: str,
        room_version: str | None,
        event: JsonObject,
        room_state: Sequence[Any],
        origin: str,
    ) -> JsonObject:
        """Return the invitation with our signature added; the join starts afterwards.

        Args:
            room_id: from the path.
            event_id: from the path.
            room_version: as the inviting server claims; None at the v1 endpoint, for versions 1 and
                2.
            event: the invitation.
            room_state: the `invite_room_state`, unchecked.
            origin: the authenticated server that sends it.

        Raises:
            IncompatibleRoomVersion: we do not know the room's version.
            ProtocolError: it is not an invitation, or not of our user, or not signed by its sender.
            Forbidden: the settings do not allow this sender to invite us.
            StoreUnavailable: it is not known whether the sender may open a direct chat.
            KeysUnavailable: the origin's keys cannot be had at the moment.
            RateLimited: too many rooms wait to be joined.
        """
        rules = ROOM_VERSIONS.get("1" if room_version is None else room_version)
        if rules is None:
            raise IncompatibleRoomVersion(str(room_version))
        pdu = parse_pdu(event, rules)
        check_invitation(pdu, self._identity, room_id=room_id, event_id=event_id, origin=origin)
        is_welcome = self._is_expected(room_id) or self._may_invite(pdu.sender)
        is_direct = pdu.content.get("is_direct") is True and not self._is_expected(room_id)
        may_be_chat = is_direct and not (is_welcome and is_shown_as_room(room_state))
        awaited = self._awaited_by(pdu)
        fault = None if awaited is None else awaited.find_fault(pdu, room_state)
        if fault is not None:
            awaited = None
            log.info("not the awaited management room", room_id=room_id, reason=f"{fault}.")
        if not (is_welcome or may_be_chat or awaited is not None):
            raise self._refusal(pdu.sender, fault)
        check_invited_room(room_state, room_id, rules)
        await self._check_signatures(pdu, origin)
        if self._waiting >= MAX_JOINS_WAITING:
            raise RateLimited(_BUSY_RETRY_MS, "Too many invitations at once: try again later.")
        is_chat = may_be_chat and awaited is None and await self._opens_chat(pdu)
        if not (is_chat or is_welcome or awaited is not None):
            raise self._refusal(pdu.sender, fault)
        signed = sign_event(event, rules, self._identity.server_name, self._identity.server_key)
        taking = None if awaited is None else partial(self._take, awaited, pdu, stays=is_welcome)
        self._follow_into_room(pdu, origin, taking)
        return signed

    def _may_invite(self, sender: str) -> bool:
        server = sender.partition(":")[2]
        return self._accept_from.match(sender) or self._accept_from.match(server)

    def _awaited_by(self, invitation: Pdu) -> TakesRooms | None:
        awaited = self._awaited
        is_awaited = awaited is not None and awaited.is_awaited_from(invitation.sender)
        return awaited if is_awaited else None

    def _refusal(self, sender: str, fault: str | None) -> Forbidden:
        if fault is not None:
            return Forbidden(f"This room cannot become the management room: {fault}.")
        self._log_refusal(sender)
        return Forbidden(
            f"This Policy Server takes no invitations from {sender}. Its operator can allow "
            "them in the setting invites.accept_from."
        )

    def _log_refusal(self, sender: str) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._told_at < TELL_EVERY_SECONDS:
            self._untold += 1
            return
        log.info(
            "refused an invitation: not in invites.accept_from",
            sender=sender,
            others_since_the_last_line=self._untold,
        )
        self._told_at, self._untold = now, 0

    async def _check_signatures(self, pdu: Pdu, origin: str) -> None:
        demand_of(pdu, origin)
        await check_signatures(pdu, self._key_ring, is_known=False)

    def _follow_into_room(
        self, pdu: Pdu, origin: str, taking: Callable[[], Awaitable[None]] | None
    ) -> None:
        follow = partial(self._join, pdu, origin, taking)
        self._background.run_once(Work.JOINS, follow, pdu.room_id)

    async def _join(
        self, pdu: Pdu, origin: str, taking: Callable[[], Awaitable[None]] | None
    ) -> None:
        self._waiting += 1
        try:
            async with self._slots:
                if await self._try_to_join(pdu, origin) and taking is not None:
                    await taking()
        finally:
            self._waiting -= 1

    async def _take(self, awaited: TakesRooms, pdu: Pdu, *, stays: bool) -> None:
        """Offer a joined room to `awaited`; leave it if it is not taken, unless it `stays`."""
        fault = await awaited.take(pdu)
        if fault is None:
            return
        log.warning(
            "a room cannot become the management room", room_id=pdu.room_id, reason=f"{fault}."
        )
        if not stays:
            await self._rooms.leave(pdu.room_id, force=True)

    def _via(self, room_id: str, origin: str) -> list[str]:
        # The server that lets us in sends the room's state. For a room that we protect only servers
        # that we know to be in it may do so: otherwise an inviter could set its ACL in our view.
        room = self._rooms.get(room_id)
        return [] if room is not None and room.is_joined else [origin]

    async def _try_to_join(self, pdu: Pdu, origin: str) -> bool:
        """Try to join a room; return True if our user is in it."""
        failure: Exception | None = None
        for pause_seconds in self._join_after_seconds:
            await asyncio.sleep(pause_seconds)
            try:
                # An invitation shows that the room's servers do not have us in it, whatever our
                # state says.
                await self._rooms.join(pdu.room_id, self._via(pdu.room_id, origin), force=True)
            except (JoinFailed, StoreUnavailable) as error:
                failure = error
            except Exception as error:
                failure = error
                log.exception("a join failed unexpectedly", room_id=pdu.room_id)
            else:
                log.info("joined on invitation", room_id=pdu.room_id, sender=pdu.sender)
                return True
        log.warning(
            "could not join the room that we were invited to",
            room_id=pdu.room_id,
            sender=pdu.sender,
            reason=str(failure),
            remedy=f"countersign rooms join {pdu.room_id} --via {origin}",
        )
        return False
