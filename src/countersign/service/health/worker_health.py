"""Health of the other workers of this machine, which all of them share."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from countersign.ports.clock import Clock
from countersign.ports.stores.processes.shared_reports import SharedReports
from countersign.service.health.readiness import Health, HealthReport

SHARE_SECONDS: Final = 1.0
SILENT_SECONDS: Final = 10.0
"""Age of a report from which on its worker is reported itself: loops wait for a busy processor."""
_MAX_TROUBLE_CHARS: Final = 300

_NOTHING: Final = (0.0, HealthReport({}))
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(tuple[float, HealthReport]).decode


class WorkerHealth:
    """Shares the health of this worker, and reads that of the others.

    Args:
        health: of this worker; its report includes the others' from now on.
        reports: of all workers.
        clock: monotonic time, which is the same for all processes of a machine.
        is_started: returns True once this worker has loaded what it answers with.
    """

    def __init__(
        self,
        health: Health,
        reports: SharedReports,
        clock: Clock,
        *,
        is_started: Callable[[], bool],
    ) -> None:
        self._health = health
        self._reports = reports
        self._clock = clock
        self._is_started = is_started
        self._began_at = clock.monotonic()
        health.include(self._find_others)

    async def run(self) -> None:
        """Share what is wrong with this worker every second, until cancelled.

        While the worker starts, nobody asks it, and what it lacks is no trouble.
        """
        while True:
            if self._is_started():
                own = self._health.own_report()
                troubles = HealthReport(_only_troubles(own.parts), _only_troubles(own.warnings))
                self._reports.note(_encode((self._clock.monotonic(), troubles)))
            await asyncio.sleep(SHARE_SECONDS)

    def find_silent(self) -> str | None:
        """Return which worker gives no sign of life; None if all do, or may still be starting."""
        for number, shared_at, _ in self._read():
            silent_seconds = self._clock.monotonic() - max(shared_at, self._began_at)
            if silent_seconds >= SILENT_SECONDS:
                return f"worker {number} has given no sign of life for {silent_seconds:.0f} seconds"
        return None

    def _find_others(self) -> Iterator[tuple[int, HealthReport]]:
        now = self._clock.monotonic()
        for number, shared_at, parts in self._read():
            if now - shared_at < SILENT_SECONDS:
                yield number, parts

    def _read(self) -> Iterator[tuple[int, float, HealthReport]]:
        """Yield number, time and report of each other worker; the time 0 before its first one."""
        for number, report in self._reports.of_others().items():
            yield number, *(_NOTHING if report is None else _decode(report))


def _only_troubles(parts: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: trouble[:_MAX_TROUBLE_CHARS] for name, trouble in parts.items() if trouble}
