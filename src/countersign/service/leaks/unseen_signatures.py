"""Signatures that were asked for and whose events nobody has seen since.

Whoever collects signatures slowly can send all their events at once, past every limit on how fast
one may ask. An event is out when it is pushed to us, or when another server asks about it. What is
neither is counted, by the server that asked.

All of it is memory: a restart forgets it, so the time when we were down is held against nobody.
Processes of one server name tell each other, so that each knows what all know.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.service.errors import RateLimited

MAX_ENTRIES: Final = 100_000
"""Signatures that are remembered; the oldest go first, and then count no more."""
MAX_SERVERS: Final = 5_000
MAX_SEEN: Final = 20_000
"""Events that are out and of which other processes were told, or told us; the oldest go first."""
SLICE_SECONDS: Final = 600.0
LIMIT_SLICES: Final = 6
"""The ceiling counts the last hour, in slices of ten minutes."""
KEPT_SLICES: Final = 144
"""A signature is remembered for a day."""

ALARM_COUNT: Final = 1_000
ALARM_SHARE: Final = 0.5
"""An alarm needs that many within the hour, and that share of all that the server asked for: an
echo that is a little late is no alarm, and neither is one that goes astray."""

WATCH_SECONDS: Final = 60.0
ALARM_CHECKS: Final = 2
"""Number of checks in a row that must find a server above: echoes may be on their way."""

_RETRY_AFTER_MS: Final = 60_000
TOO_MANY_UNSEEN: Final = (
    "Please try again later: too many events that your server had signed were not sent to the room."
)
_DIGEST_BYTES: Final = 16
"""As much of a digest as nobody can find another event for."""

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class _Slice:
    """Requests of one server within ten minutes."""

    number: int
    signed: int = 0
    unseen: int = 0


class _Server:
    """Requests of one server lately, oldest first."""

    __slots__ = ("checks_above", "slices")

    def __init__(self) -> None:
        self.slices: deque[_Slice] = deque()
        self.checks_above = 0

    @property
    def is_alarming(self) -> bool:
        return self.checks_above >= ALARM_CHECKS

    def slice_at(self, number: int) -> _Slice:
        if not self.slices or self.slices[-1].number != number:
            self.slices.append(_Slice(number))
        while self.slices[0].number <= number - KEPT_SLICES:
            self.slices.popleft()
        return self.slices[-1]

    def lately(self, number: int) -> tuple[int, int]:
        """Return how many were signed within the hour, and how many of those are unseen."""
        recent = [each for each in self.slices if each.number > number - LIMIT_SLICES]
        return sum(each.signed for each in recent), sum(each.unseen for each in recent)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenCount:
    """Number of signatures that one server holds whose events nobody has seen.

    Attributes:
        server: its name.
        unseen: within the day, as far as they are remembered.
        unseen_lately: within the hour.
        signed_lately: all that it asked for within the hour.
        is_alarming: so many that somebody should look.
    """

    server: str
    unseen: int
    unseen_lately: int
    signed_lately: int
    is_alarming: bool


class UnseenSignatures:
    """Counts them; nothing here waits, and each call takes the same short time.

    Args:
        clock: ours.
        ceiling: how many unseen signatures of the last hour one server may hold.
        broadcasts: tells other processes; None if there are none.
        is_blind: tells whether other processes hear of events and cannot tell us: nothing is
            counted then, and what was is forgotten.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        ceiling: int,
        broadcasts: Broadcasts | None = None,
        is_blind: Callable[[], bool] = lambda: False,
    ) -> None:
        self._is_blind = is_blind
        self._clock = clock
        self._ceiling = ceiling
        self._broadcasts = broadcasts
        self._seen: BoundedMapping[bytes, None] = BoundedMapping(MAX_SEEN)
        if broadcasts is not None:
            broadcasts.hear(Topic.SIGNED, self._hear_signed)
            broadcasts.hear(Topic.SEEN, self._hear_seen)
        self._servers: BoundedMapping[str, _Server] = BoundedMapping(MAX_SERVERS)
        self._unseen: OrderedDict[bytes, _Slice] = OrderedDict()
        self._forgot_at = -1

    def __len__(self) -> int:
        """Return how many unseen signatures are remembered in all."""
        return len(self._unseen)

    def add(self, digest: bytes, server: str) -> None:
        """Count an event that the sender's own server has just had signed, for the first time."""
        if self._is_blind():
            self._servers.clear()
            self._unseen.clear()
            return
        short = digest[:_DIGEST_BYTES]
        self._add(short, server)
        if self._broadcasts is not None:
            self._broadcasts.tell(Topic.SIGNED, short.hex(), server)

    def see(self, digest: bytes) -> None:
        """Note that an event is out."""
        short = digest[:_DIGEST_BYTES]
        self._see(short)
        if self._broadcasts is not None and short not in self._seen:
            # Of most events we hear many times that they are out.
            self._seen[short] = None
            self._broadcasts.tell(Topic.SEEN, short.hex())

    def check(self, server: str) -> None:
        """Return if the server may have one more.

        Raises:
            RateLimited: it holds too many, and most of what it asked for.
        """
        if len(self._unseen) < self._ceiling:
            return  # as nearly always: all servers together do not hold so many
        known = self._servers.get(server)
        if known is None:
            return
        signed, unseen = known.lately(self._slice_number())
        if unseen >= self._ceiling and unseen >= signed * ALARM_SHARE:
            raise RateLimited(
                _RETRY_AFTER_MS,
                TOO_MANY_UNSEEN,
            )

    def counts(self) -> list[UnseenCount]:
        """Return what each server holds, the most first; servers that hold nothing are left out."""
        number = self._slice_number()
        self._forget_old(number)
        found = (_count(server, known, number) for server, known in self._servers.items())
        return sorted((each for each in found if each.unseen), key=lambda each: -each.unseen)

    def raise_alarms(self) -> None:
        """Look at each server; tell the log of those that have held too many for a while."""
        number = self._slice_number()
        self._forget_old(number)
        for server, known in self._servers.items():
            signed, unseen = known.lately(number)
            is_above = unseen >= ALARM_COUNT and unseen >= signed * ALARM_SHARE
            known.checks_above = known.checks_above + 1 if is_above else 0
            if known.checks_above == ALARM_CHECKS:
                log.warning(
                    "a server collects signatures, or its transactions do not reach us",
                    server=server,
                    unseen=unseen,
                    signed=signed,
                )

    async def watch(self) -> None:
        """Raise alarms every minute, until cancelled."""
        while True:
            await self._clock.sleep(WATCH_SECONDS)
            self.raise_alarms()

    def _add(self, short: bytes, server: str) -> None:
        number = self._slice_number()
        known = self._servers.use(server)
        if known is None:
            known = self._servers[server] = _Server()
        slice_ = known.slice_at(number)
        slice_.signed += 1
        if short not in self._seen:
            slice_.unseen += 1
            self._unseen[short] = slice_
        self._forget_old(number)

    def _see(self, short: bytes) -> None:
        slice_ = self._unseen.pop(short, None)
        if slice_ is not None:
            slice_.unseen -= 1

    def _hear_signed(self, digest: str, server: str) -> None:
        self._add(bytes.fromhex(digest), server)

    def _hear_seen(self, digest: str) -> None:
        # It may be heard before the other process tells that it was signed.
        short = bytes.fromhex(digest)
        self._see(short)
        self._seen[short] = None

    def _slice_number(self) -> int:
        return int(self._clock.monotonic() // SLICE_SECONDS)

    def _forget_old(self, number: int) -> None:
        if number == self._forgot_at and len(self._unseen) <= MAX_ENTRIES:
            return
        self._forgot_at = number
        for digest, slice_ in self._oldest_first():
            if slice_.number > number - KEPT_SLICES and len(self._unseen) <= MAX_ENTRIES:
                return
            slice_.unseen -= 1
            del self._unseen[digest]

    def _oldest_first(self) -> Iterator[tuple[bytes, _Slice]]:
        while self._unseen:
            yield next(iter(self._unseen.items()))


def _count(server: str, known: _Server, number: int) -> UnseenCount:
    signed, unseen = known.lately(number)
    return UnseenCount(
        server=server,
        unseen=sum(each.unseen for each in known.slices),
        unseen_lately=unseen,
        signed_lately=signed,
        is_alarming=known.is_alarming,
    )
