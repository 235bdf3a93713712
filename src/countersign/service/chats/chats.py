"""Direct chats with our user: the open ones, and the invitations that open others.

Only people whose event was refused, and members of rooms that we protect, can open a chat;
otherwise any stranger could make our user join any room. The answer to other invitations does not
show whether their sender is neither or chats are turned off.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeAlias

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Verdict
from countersign.ports.clock import Clock
from countersign.ports.stores.decisions import DecisionQuery, DecisionStore
from countersign.ports.stores.own_user.chats import Chat, ChatStore
from countersign.protocol.events.pdu import Pdu
from countersign.service.errors import RateLimited
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets
from countersign.service.processes.change_feed import CatchUp, nothing_to_catch_up

MAX_CHATS: Final = 200
"""Maximum number of chats that are open at once."""
MAX_CHATS_FOR_MEMBERS: Final = 100
"""Number of chats at which members who were never refused cannot open another one."""
MAX_AWAITED: Final = 50
"""Maximum number of answers that one chat waits for; the latest ones."""
ATTEMPTS: Final = RateLimit(per_second=1 / 600, burst=3)
"""Limit on invitations to chats that are processed for one person."""
ATTEMPTS_OF_DOMAIN: Final = RateLimit(per_second=0.5, burst=60)
"""Limit on these for one registrable domain; those whom no chat is opened for count as well."""
PER_PERSON: Final = RateLimit(per_second=1 / 43_200, burst=2)
"""Limit on chats that are opened with one person: few people must not take those of all."""
PER_DOMAIN: Final = RateLimit(per_second=1 / 240, burst=60)
"""Limit on chats that are opened with people of one registrable domain."""
IN_ALL: Final = RateLimit(per_second=1 / 90, burst=80)
"""Limit on chats that are opened in total: each is a room to be joined."""
FOR_MEMBERS: Final = RateLimit(per_second=1 / 60, burst=20)
"""Limit on chats that are opened with members who were never refused, in total."""
UNUSED_MS: Final = 7 * DAY_MS
"""Time after which our user leaves a chat without an appeal or a report."""
_FULL_RETRY_MS: Final = 3_600_000
_EVERYONE: Final = ""

MemberLanguage: TypeAlias = Callable[[str], Awaitable[str | None]]
"""Returns the language of a protected room that a user is in; None if they are in none."""


async def _in_no_room(_user_id: str) -> None:
    return None


class Chats:
    """The direct chats.

    Args:
        store: keeps them.
        decisions: know who was refused.
        domain_of: returns the registrable domain of a server.
        is_on: the setting `appeals: direct_chats`.
        catch_up: reads what other processes changed.
    """

    def __init__(
        self,
        store: ChatStore,
        *,
        decisions: DecisionStore,
        clock: Clock,
        domain_of: Callable[[str], str],
        is_on: bool,
        catch_up: CatchUp = nothing_to_catch_up,
    ) -> None:
        self._store = store
        self._decisions = decisions
        self._clock = clock
        self._domain_of = domain_of
        self._is_on = is_on
        self._catch_up = catch_up
        self._chats: dict[str, Chat] = {}
        self._attempts = TokenBuckets(ATTEMPTS, clock)
        self._attempts_of_domain = TokenBuckets(ATTEMPTS_OF_DOMAIN, clock)
        self._per_person = TokenBuckets(PER_PERSON, clock)
        self._per_domain = TokenBuckets(PER_DOMAIN, clock)
        self._in_all = TokenBuckets(IN_ALL, clock)
        self._for_members = TokenBuckets(FOR_MEMBERS, clock)
        self._notices: list[Callable[[str], None]] = []

    def on_change(self, notice: Callable[[str], None]) -> None:
        """Call `notice` with the ID of each room that another process began or ended as a chat."""
        self._notices.append(notice)

    async def load(self) -> None:
        """Read the open chats.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        self._chats = {chat.room_id: chat for chat in await self._store.all()}

    async def apply_changes(self, after: int) -> None:  # noqa: ARG002 - they are few: all are read
        """Take over changes by other processes; see `ChangeFeed`.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        before = self._chats.keys()
        await self.load()
        for room_id in before ^ self._chats.keys():
            for notice in self._notices:
                notice(room_id)

    def all(self) -> list[Chat]:
        """Return every chat."""
        return list(self._chats.values())

    def find(self, room_id: str) -> Chat | None:
        """Return the chat in a room; None if there is none."""
        return self._chats.get(room_id)

    def is_chat(self, room_id: str) -> bool:
        """Return True if a room is a direct chat with our user."""
        return room_id in self._chats

    async def opens(
        self, invitation: Pdu, *, member_language: MemberLanguage = _in_no_room
    ) -> bool:
        """Open a chat if an invitation asks for one and is allowed to; return True if it did.

        Args:
            invitation: an invitation with verified signatures.
            member_language: tells who can report events, and the language of our answers.

        Raises:
            RateLimited: there are too many chats or invitations.
            StoreUnavailable: it is not known whether its sender was refused.
        """
        sender = invitation.sender
        if not self._is_on or invitation.content.get("is_direct") is not True:
            return False
        if self._has(sender, invitation.room_id):
            return False
        domain = self._domain_of(invitation.sender_server)
        self._attempts.take(sender)
        self._attempts_of_domain.take(domain)
        query = DecisionQuery(sender=sender, verdict=Verdict.REFUSE)
        refused = await self._decisions.latest(query, limit=1)
        language = refused[0].decision.language if refused else await member_language(sender)
        if language is None:
            # Another process may have joined the sender's room a moment ago. The invitation comes
            # once: without a chat now, nobody would ever answer in that room.
            await self._catch_up()
            language = await member_language(sender)
        if language is None or self._has(sender, invitation.room_id):
            return False
        if len(self._chats) >= (MAX_CHATS if refused else MAX_CHATS_FOR_MEMBERS):
            raise RateLimited(_FULL_RETRY_MS, "Too many chats are open: try again later.")
        in_all = self._in_all if refused else self._for_members
        limits = ((self._per_person, sender), (self._per_domain, domain), (in_all, _EVERYONE))
        # Who is stopped by one limit uses up nothing of the others, so that all can try again.
        for buckets, key in limits:
            buckets.require(key)
        for buckets, key in limits:
            buckets.take(key)
        now_ts = self._clock.now_ts()
        await self.save(
            Chat(
                room_id=invitation.room_id,
                user_id=sender,
                language=language,
                opened_ts=now_ts,
                leave_ts=now_ts + UNUSED_MS,
            )
        )
        return True

    async def save(self, chat: Chat) -> None:
        """Store a chat.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        # In memory before it is stored: the room may be joined and looked at in between.
        self._chats[chat.room_id] = chat
        await self._store.save(chat)

    async def await_answer(self, chat: Chat, key: bytes) -> None:
        """Record that a chat waits for an answer; it stays open until then.

        Args:
            chat: the chat.
            key: the key of the decision that was appealed against, or whose event was reported.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        current = self._chats.get(chat.room_id, chat)
        if key not in current.waiting:
            waiting = (*current.waiting, key)[-MAX_AWAITED:]
            await self.save(replace(current, waiting=waiting))

    async def forget(self, chat: Chat) -> None:
        """Delete a chat that has ended.

        Raises:
            StoreUnavailable: it is not deleted.
        """
        await self._store.forget(chat.room_id)
        self._chats.pop(chat.room_id, None)

    def _has(self, user_id: str, room_id: str) -> bool:
        """Return True if the room is a chat already, or the user has another one."""
        return room_id in self._chats or any(
            chat.user_id == user_id for chat in self._chats.values()
        )
