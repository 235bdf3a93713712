"""Asking notaries for keys that their servers do not give us: in groups, one after another."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import structlog

from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import FederationClient
from countersign.protocol.errors import ProtocolError
from countersign.protocol.notaries import Notary, Testimony, notary_question, parse_notary_answer

SERVERS_A_QUESTION: Final = 32
QUESTIONS_AT_ONCE: Final = 2
"""To one notary, for servers that we know; for strangers it is one."""
MAX_WAITING: Final = 2_000
"""Servers in one queue; those that come when it is full are not asked about."""
FIRST_BACK_OFF_SECONDS: Final = 10.0
MAX_BACK_OFF_SECONDS: Final = 300.0

log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class _Query:
    """One server's keys, wanted by somebody who waits for `answer`; None: there was none."""

    server: str
    wanted: Mapping[str, int]
    answer: "asyncio.Future[Mapping[str, Testimony] | None]"


class Notaries:
    """Asks the operator's notaries, in their order, until one knows.

    While a question is under way the next ones gather, and go together: a large room has hundreds
    of servers that are gone. Those of strangers never share a question with those of servers that
    we know, so that an answer which a stranger makes too long is his own loss.

    Args:
        notaries: whom to ask; nobody is a choice too.
        federation: our requests.
        clock: for back-off.
    """

    def __init__(
        self, notaries: Sequence[Notary], federation: FederationClient, clock: Clock
    ) -> None:
        self._desks = [
            (
                _Desk(notary, federation, clock, places=QUESTIONS_AT_ONCE),
                _Desk(notary, federation, clock, places=1),
            )
            for notary in notaries
        ]

    def __len__(self) -> int:
        return len(self._desks)

    async def find(
        self, server: str, wanted: Mapping[str, int], *, is_known: bool
    ) -> Testimony | None:
        """Return what the first notary that knows something of `server` says; None if none does.

        Args:
            server: whose keys.
            wanted: see `notary_question`.
            is_known: it is in a room of ours.

        Raises:
            PeerUnavailable: none knows, but one did not answer.
        """
        is_complete = True
        for for_known, for_strangers in self._desks:
            told = await (for_known if is_known else for_strangers).ask(server, wanted)
            if told is None:
                is_complete = False
            elif server in told:
                return told[server]
        if not is_complete:
            raise PeerUnavailable("a notary does not answer")
        return None


class _Desk:
    """Where questions to one notary wait for each other."""

    def __init__(
        self, notary: Notary, federation: FederationClient, clock: Clock, *, places: int
    ) -> None:
        self._notary = notary
        self._federation = federation
        self._clock = clock
        self._places = asyncio.Semaphore(places)
        self._waiting: OrderedDict[str, _Query] = OrderedDict()
        self._failures = 0
        self._retry_at = float("-inf")

    async def ask(self, server: str, wanted: Mapping[str, int]) -> Mapping[str, Testimony] | None:
        """Return what the notary tells, of this server and others; None if it is silent."""
        if server == self._notary.server_name:
            return {}
        if self._clock.monotonic() < self._retry_at:
            return None
        query = self._waiting.get(server)
        if query is None:
            if len(self._waiting) >= MAX_WAITING:
                return None
            query = _Query(server, wanted, asyncio.get_running_loop().create_future())
            self._waiting[server] = query
        async with self._places:
            # Unless it went with somebody else's meanwhile.
            if self._waiting.get(server) is query:
                await self._ask(self._next_group(query))
        return await asyncio.shield(query.answer)

    def _next_group(self, query: _Query) -> list[_Query]:
        """Take those that wait out of the queue, the asker among them."""
        del self._waiting[query.server]
        others = list(islice(self._waiting.values(), SERVERS_A_QUESTION - 1))
        for other in others:
            del self._waiting[other.server]
        return [query, *others]

    async def _ask(self, group: list[_Query]) -> None:
        told = None
        try:
            told = await self._tell({query.server: query.wanted for query in group})
        finally:
            for query in group:
                if not query.answer.done():
                    query.answer.set_result(told)

    async def _tell(
        self, wanted: Mapping[str, Mapping[str, int]]
    ) -> Mapping[str, Testimony] | None:
        name = self._notary.server_name
        try:
            raw = await self._federation.query_keys(name, notary_question(wanted))
            told = parse_notary_answer(raw, self._notary, wanted, self._clock.now_ts())
        except (PeerUnavailable, PeerRefused, ProtocolError) as error:
            self._failures += 1
            wait_seconds = min(
                FIRST_BACK_OFF_SECONDS * 2.0 ** min(self._failures - 1, 16), MAX_BACK_OFF_SECONDS
            )
            self._retry_at = self._clock.monotonic() + wait_seconds
            log.warning("a notary did not answer", notary=name, reason=str(error))
            return None
        self._failures = 0
        return told
