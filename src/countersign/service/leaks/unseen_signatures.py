"""Unseen signatures: signatures whose events were not seen since.

Somebody who collects signatures slowly can send all the events at once, past every limit on rates.
An event is out if it is pushed to us, or if another server asks about it. Signatures of other
events are counted for the server that asked.

The counts are in memory only: a restart clears them, so events that were sent while we were down
count against nobody. The processes of one server name inform each other.
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
"""Maximum number of signatures that are remembered; beyond it the oldest are no longer counted."""
MAX_SERVERS: Final = 5_000
MAX_SEEN: Final = 20_000
"""Maximum number of events known to all processes to be out; the oldest are dropped first."""
SLICE_SECONDS: Final = 600.0
LIMIT_SLICES: Final = 6
"""The limit is on the last hour, which is counted in slices of ten minutes."""
KEPT_SLICES: Final = 144
"""A signature is remembered for a day."""

ALARM_COUNT: Final = 1_000
ALARM_SHARE: Final = 0.5
"""Minimum number within the hour, and minimum share of the server's requests, for an alarm.

So events that arrive a little late, or are lost, cause no alarm.
"""

WATCH_SECONDS: Final = 60.0
ALARM_CHECKS: Final = 2
"""Number of checks in a row above the limit for an alarm: events may still arrive."""

_RETRY_AFTER_MS: Final = 60_000
TOO_MANY_UNSEEN: Final = (
    "Please try again later: too many events that your server had signed were not sent to the room."
)
_DIGEST_BYTES: Final = 16
"""Bytes of a digest that are kept: enough that nobody can find another event with the same."""

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
        """Return the number of signatures within the hour, and of unseen ones among them."""
        recent = [each for each in self.slices if each.number > number - LIMIT_SLICES]
        return sum(each.signed for each in recent), sum(each.unseen for each in recent)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenCount:
    """Number of unseen signatures that one server holds.

    Attributes:
        server: its name.
        unseen: within the day, as far as they are remembered.
        unseen_lately: within the hour.
        signed_lately: all that it asked for within the hour.
        is_alarming: there are enough for an alarm.
    """

    server: str
    unseen: int
    unseen_lately: int
    signed_lately: int
    is_alarming: bool


class UnseenSignatures:
    """Counts unseen signatures by server; all methods are synchronous and take constant time.

    Args:
        ceiling: maximum number of unseen signatures of the last hour that one server may hold.
        broadcasts: informs other processes; None if there are none.
        is_blind: returns True if other processes receive events and cannot inform us; then nothing
            is counted, and earlier counts are dropped.
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
            broadcasts.subscribe(Topic.SIGNED, self._on_signed)
            broadcasts.subscribe(Topic.SEEN, self._on_seen)
        self._servers: BoundedMapping[str, _Server] = BoundedMapping(MAX_SERVERS)
        self._unseen: OrderedDict[bytes, _Slice] = OrderedDict()
        self._forgot_at = -1

    def __len__(self) -> int:
        """Return the total number of unseen signatures."""
        return len(self._unseen)

    def add(self, digest: bytes, server: str) -> None:
        """Count an event that was signed for the sender's own server for the first time."""
        if self._is_blind():
            self._servers.clear()
            self._unseen.clear()
            return
        short = digest[:_DIGEST_BYTES]
        self._add(short, server)
        if self._broadcasts is not None:
            self._broadcasts.publish(Topic.SIGNED, short.hex(), server)

    def mark_seen(self, digest: bytes) -> None:
        """Record that an event is out."""
        short = digest[:_DIGEST_BYTES]
        self._see(short)
        if self._broadcasts is not None and short not in self._seen:
            # Most events are seen many times.
            self._seen[short] = None
            self._broadcasts.publish(Topic.SEEN, short.hex())

    def check(self, server: str) -> None:
        """Return if the server may have one more event signed.

        Raises:
            RateLimited: it holds too many unseen signatures, and they are most of its requests.
        """
        if len(self._unseen) < self._ceiling:
            return  # fast path: all servers together hold fewer
        server_counts = self._servers.get(server)
        if server_counts is None:
            return
        signed, unseen = server_counts.lately(self._slice_number())
        if unseen >= self._ceiling and unseen >= signed * ALARM_SHARE:
            raise RateLimited(
                _RETRY_AFTER_MS,
                TOO_MANY_UNSEEN,
            )

    def counts(self) -> list[UnseenCount]:
        """Return the count of each server that holds unseen signatures, largest first."""
        number = self._slice_number()
        self._forget_old(number)
        counts = (
            _count(server, server_counts, number) for server, server_counts in self._servers.items()
        )
        return sorted((each for each in counts if each.unseen), key=lambda each: -each.unseen)

    def raise_alarms(self) -> None:
        """Check each server; log those that have held too many for a while."""
        number = self._slice_number()
        self._forget_old(number)
        for server, server_counts in self._servers.items():
            signed, unseen = server_counts.lately(number)
            is_above = unseen >= ALARM_COUNT and unseen >= signed * ALARM_SHARE
            server_counts.checks_above = server_counts.checks_above + 1 if is_above else 0
            if server_counts.checks_above == ALARM_CHECKS:
                log.warning(
                    "a server collects signatures, or its transactions do not reach us",
                    server=server,
                    unseen=unseen,
                    signed=signed,
                )

    async def watch(self) -> None:
        """Call `raise_alarms` every minute, until cancelled."""
        while True:
            await self._clock.sleep(WATCH_SECONDS)
            self.raise_alarms()

    def _add(self, short: bytes, server: str) -> None:
        number = self._slice_number()
        server_counts = self._servers.use(server)
        if server_counts is None:
            server_counts = self._servers[server] = _Server()
        slice_ = server_counts.slice_at(number)
        slice_.signed += 1
        if short not in self._seen:
            slice_.unseen += 1
            self._unseen[short] = slice_
        self._forget_old(number)

    def _see(self, short: bytes) -> None:
        slice_ = self._unseen.pop(short, None)
        if slice_ is not None:
            slice_.unseen -= 1

    def _on_signed(self, digest: str, server: str) -> None:
        self._add(bytes.fromhex(digest), server)

    def _on_seen(self, digest: str) -> None:
        # The event may be seen before the other process reports that it was signed.
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


def _count(server: str, server_counts: _Server, number: int) -> UnseenCount:
    signed, unseen = server_counts.lately(number)
    return UnseenCount(
        server=server,
        unseen=sum(each.unseen for each in server_counts.slices),
        unseen_lately=unseen,
        signed_lately=signed,
        is_alarming=server_counts.is_alarming,
    )
