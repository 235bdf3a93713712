"""Health of the other workers of this machine, which all of them share."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from countersign.ports.clock import Clock
from countersign.ports.stores.processes.shared_reports import SharedReports
from countersign.service.health.readiness import Health, HealthReport

SHARE_SECONDS: Final = 1.0
SILENT_SECONDS: Final = 10.0
"""Age of a report from which on its worker is reported itself: loops wait for a busy processor."""
WORKERS: Final = "workers"
_MAX_TROUBLE_CHARS: Final = 300

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(tuple[float, HealthReport]).decode


class WorkerHealth:
    """Shares the health of this worker, and reads that of the others.

    Args:
        health: of this worker; its report includes the others' from now on.
        reports: of all workers.
        clock: monotonic time, which is the same for all processes of a machine.
    """

    def __init__(self, health: Health, reports: SharedReports, clock: Clock) -> None:
        self._health = health
        self._reports = reports
        self._clock = clock
        self._has_been_ready = False
        health.include(self._find_others)

    async def run(self) -> None:
        """Share what is wrong with this worker every second, until cancelled.

        It begins once the worker is ready: while it starts, nobody asks it.
        """
        while True:
            own = self._health.own_report()
            self._has_been_ready = self._has_been_ready or own.is_ready
            if self._has_been_ready:
                troubles = HealthReport(_only_troubles(own.parts), _only_troubles(own.warnings))
                self._reports.note(_encode((self._clock.monotonic(), troubles)))
            await asyncio.sleep(SHARE_SECONDS)

    def _find_others(self) -> Iterator[tuple[int, HealthReport]]:
        for number, report in self._reports.of_others().items():
            if report is None:
                yield number, HealthReport({}, {WORKERS: "it is not ready yet"})
                continue
            shared_at, theirs = _decode(report)
            silent_seconds = self._clock.monotonic() - shared_at
            if silent_seconds >= SILENT_SECONDS:
                trouble = f"it has given no sign of life for {silent_seconds:.0f} seconds"
                theirs = HealthReport({}, {WORKERS: trouble})
            yield number, theirs


def _only_troubles(found: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: trouble[:_MAX_TROUBLE_CHARS] for name, trouble in found.items() if trouble}
