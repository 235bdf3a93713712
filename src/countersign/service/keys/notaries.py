"""Requests to notaries, in groups, for keys that we cannot get from their servers."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import structlog

from countersign.basics.backoff import Backoff
from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable, Trouble
from countersign.ports.federation import FederationClient
from countersign.protocol.errors import CountersignError, ProtocolError
from countersign.protocol.keys.notaries import (
    Notary,
    NotaryAnswer,
    notary_question,
    parse_notary_answer,
)

SERVERS_A_QUESTION: Final = 32
QUESTIONS_AT_ONCE: Final = 2
"""Concurrent questions to one notary about servers of our rooms; about strangers there is one."""
MAX_WAITING: Final = 2_000
"""Maximum number of servers in one queue; when it is full, further ones are not asked about."""
MAX_SUSPECTS: Final = 1_000
"""Maximum number of servers that are asked about alone, since a question with them failed."""
FAILURES_IN_A_ROW: Final = 3
"""Number of bad answers after which the notary, and not the question, counts as the cause."""
BACKOFF: Final = Backoff(first=10, longest=300)

log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class _Query:
    """A question about one server's keys; `answer` becomes None if there is none."""

    server: str
    wanted: Mapping[str, int]
    answer: "asyncio.Future[Mapping[str, NotaryAnswer] | None]"


class Notaries:
    """Asks the operator's notaries, in their order, until one has an answer.

    While a request is in progress, further questions are collected and sent together: a large room
    has hundreds of servers that no longer exist. Strangers never share a request with servers of
    our rooms, so a stranger who makes the answer too long harms only strangers. For the same reason
    servers whose request failed are asked about alone the next time.

    Args:
        notaries: the notaries to ask; may be empty.
        federation: our requests.
        clock: for back-off.
    """

    def __init__(
        self, notaries: Sequence[Notary], federation: FederationClient, clock: Clock
    ) -> None:
        self._queues = [
            (
                _NotaryQueue(notary, federation, clock, places=QUESTIONS_AT_ONCE),
                _NotaryQueue(notary, federation, clock, places=1),
            )
            for notary in notaries
        ]

    def __len__(self) -> int:
        return len(self._queues)

    async def find(
        self, server: str, wanted: Mapping[str, int], *, is_known: bool
    ) -> NotaryAnswer | None:
        """Return the first notary's answer about `server`; None if none has one.

        Args:
            server: the server whose keys are wanted.
            wanted: see `notary_question`.
            is_known: it is in a room of ours.

        Raises:
            PeerUnavailable: none has an answer, and one did not respond.
        """
        is_complete = True
        for for_known, for_strangers in self._queues:
            answers = await (for_known if is_known else for_strangers).ask(server, wanted)
            if answers is None:
                is_complete = False
            elif server in answers:
                return answers[server]
        if not is_complete:
            raise PeerUnavailable("a notary does not answer")
        return None


class _NotaryQueue:
    """The queue of questions to one notary."""

    def __init__(
        self, notary: Notary, federation: FederationClient, clock: Clock, *, places: int
    ) -> None:
        self._notary = notary
        self._federation = federation
        self._clock = clock
        self._slots = asyncio.Semaphore(places)
        self._waiting: OrderedDict[str, _Query] = OrderedDict()
        self._suspects: BoundedMapping[str, None] = BoundedMapping(MAX_SUSPECTS)
        self._failures = 0
        self._retry_at = float("-inf")

    async def ask(
        self, server: str, wanted: Mapping[str, int]
    ) -> Mapping[str, NotaryAnswer] | None:
        """Return the notary's answer about this server and others; None if it does not respond."""
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
        async with self._slots:
            # It may have been sent together with another question meanwhile.
            if self._waiting.get(server) is query:
                await self._ask(self._next_group(query))
        return await asyncio.shield(query.answer)

    def _next_group(self, query: _Query) -> list[_Query]:
        """Remove and return the next questions, `query` among them; a suspect one goes alone."""
        del self._waiting[query.server]
        if query.server in self._suspects:
            return [query]
        unsuspected = (
            each_query
            for each_query in self._waiting.values()
            if each_query.server not in self._suspects
        )
        next_servers = list(islice(unsuspected, SERVERS_A_QUESTION - 1))
        for each_query in next_servers:
            del self._waiting[each_query.server]
        return [query, *next_servers]

    async def _ask(self, group: list[_Query]) -> None:
        answers = None
        try:
            answers = await self._query_notary({query.server: query.wanted for query in group})
        finally:
            for query in group:
                if not query.answer.done():
                    query.answer.set_result(answers)

    async def _query_notary(
        self, wanted: Mapping[str, Mapping[str, int]]
    ) -> Mapping[str, NotaryAnswer] | None:
        name = self._notary.server_name
        try:
            raw = await self._federation.query_keys(name, notary_question(wanted))
            answers = parse_notary_answer(raw, self._notary, wanted, self._clock.now_ts())
        except (PeerUnavailable, PeerRefused, ProtocolError) as error:
            log.warning("a notary did not answer", notary=name, reason=str(error))
            self._failures += 1
            is_about_the_question = _may_be_for_what_was_asked(error)
            if is_about_the_question:
                self._suspect(wanted)
            if not is_about_the_question or self._failures >= FAILURES_IN_A_ROW:
                self._back_off()
            return None
        self._failures = 0
        for server in wanted:
            self._suspects.pop(server, None)
        return answers

    def _suspect(self, servers: Iterable[str]) -> None:
        for server in servers:
            self._suspects[server] = None

    def _back_off(self) -> None:
        self._retry_at = self._clock.monotonic() + BACKOFF.seconds(self._failures)


def _may_be_for_what_was_asked(error: CountersignError) -> bool:
    """Return True if the question may be the cause: the answer was too long, late or malformed."""
    if isinstance(error, PeerUnavailable):
        return error.trouble is Trouble.ANSWER
    return isinstance(error, ProtocolError)
