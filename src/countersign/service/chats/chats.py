"""Direct chats with our user: which there are, and whose invitation opens another one.

Only who was refused gets in: our user would otherwise follow any stranger into any room. An
invitation that asks for a chat is answered alike whether its sender was never refused, or the
settings do not want chats.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Verdict
from countersign.ports.clock import Clock
from countersign.ports.stores.decisions import DecisionQuery, DecisionStore
from countersign.ports.stores.own_user.chats import Chat, ChatStore
from countersign.protocol.events.pdu import Pdu
from countersign.service.errors import RateLimited
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets

MAX_CHATS: Final = 200
"""Chats that are open at once."""
PER_DOMAIN: Final = RateLimit(per_second=1 / 600, burst=10)
"""Invitations to chats that are looked at, of one registrable domain."""
IN_ALL: Final = RateLimit(per_second=1 / 180, burst=20)
"""Chats that are opened, of everybody together: each is a room to be joined."""
UNUSED_MS: Final = 7 * DAY_MS
"""Time after which our user leaves a chat in which nobody appealed."""
_FULL_RETRY_MS: Final = 3_600_000
_EVERYONE: Final = ""


class Chats:
    """Knows the chats.

    Args:
        store: keeps them.
        decisions: tell who was refused.
        clock: ours.
        domain_of: the registrable domain of a server.
        is_on: the settings want chats.
    """

    def __init__(
        self,
        store: ChatStore,
        *,
        decisions: DecisionStore,
        clock: Clock,
        domain_of: Callable[[str], str],
        is_on: bool,
    ) -> None:
        self._store = store
        self._decisions = decisions
        self._clock = clock
        self._domain_of = domain_of
        self._is_on = is_on
        self._chats: dict[str, Chat] = {}
        self._per_domain = TokenBuckets(PER_DOMAIN, clock)
        self._in_all = TokenBuckets(IN_ALL, clock)

    async def load(self) -> None:
        """Read the chats that are open.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        self._chats = {chat.room_id: chat for chat in await self._store.all()}

    async def take_changes(self, after: int) -> None:  # noqa: ARG002 - they are few: all are read
        """Take over what other processes changed; see `ChangeFeed`.

        Raises:
            StoreUnavailable: it is not known yet.
        """
        await self.load()

    def all(self) -> list[Chat]:
        """Return every chat."""
        return list(self._chats.values())

    def find(self, room_id: str) -> Chat | None:
        """Return the chat in a room; None if there is none."""
        return self._chats.get(room_id)

    def is_chat(self, room_id: str) -> bool:
        """Return True if a room is a direct chat with our user."""
        return room_id in self._chats

    async def opens(self, invitation: Pdu) -> bool:
        """Open a chat if an invitation asks for one and may; tell whether it did.

        Args:
            invitation: whose signatures were verified.

        Raises:
            RateLimited: there are too many.
            StoreUnavailable: it is not known whether its sender was refused.
        """
        sender = invitation.sender
        if not self._is_on or invitation.content.get("is_direct") is not True:
            return False
        if self._has(sender, invitation.room_id):
            return False
        self._per_domain.take(self._domain_of(invitation.sender_server))
        query = DecisionQuery(sender=sender, verdict=Verdict.REFUSE)
        refused = await self._decisions.latest(query, limit=1)
        if not refused or self._has(sender, invitation.room_id):
            return False
        if len(self._chats) >= MAX_CHATS:
            raise RateLimited(_FULL_RETRY_MS, "Too many chats are open: try again later.")
        self._in_all.take(_EVERYONE)
        now_ts = self._clock.now_ts()
        await self.save(
            Chat(
                room_id=invitation.room_id,
                user_id=sender,
                language=refused[0].decision.language,
                opened_ts=now_ts,
                leave_ts=now_ts + UNUSED_MS,
            )
        )
        return True

    async def save(self, chat: Chat) -> None:
        """Keep a chat as it is now.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        # Known before it is stored: the room may be joined, and looked at, in between.
        self._chats[chat.room_id] = chat
        await self._store.save(chat)

    async def await_answer(self, chat: Chat, key: bytes) -> None:
        """Note that the answer to an appeal is to be told in a chat, which stays open for it.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        known = self._chats.get(chat.room_id, chat)
        if key not in known.waiting:
            await self.save(replace(known, waiting=(*known.waiting, key)))

    async def forget(self, chat: Chat) -> None:
        """Forget a chat that is over.

        Raises:
            StoreUnavailable: it is known still.
        """
        await self._store.forget(chat.room_id)
        self._chats.pop(chat.room_id, None)

    def _has(self, user_id: str, room_id: str) -> bool:
        """Return True if that is a chat already, or the user has another one."""
        return room_id in self._chats or any(
            chat.user_id == user_id for chat in self._chats.values()
        )
