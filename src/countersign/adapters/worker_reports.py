"""Reports of workers in memory that a supervisor and its workers share."""

from collections.abc import Mapping
from mmap import mmap
from struct import Struct
from typing import Final
from zlib import crc32

SLOT_BYTES: Final = 65_536
_HEAD: Final = Struct("=II")
"""Length and checksum of the report, which follows."""
MAX_REPORT_BYTES: Final = SLOT_BYTES - _HEAD.size


class ReportSlots:
    """Memory for one report of each worker; made before the workers are forked.

    Args:
        workers: their number.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._memory = mmap(-1, workers * SLOT_BYTES)

    def write(self, number: int, report: bytes) -> None:
        """Replace the report of a worker; one that is too long is dropped."""
        if len(report) <= MAX_REPORT_BYTES:
            at = number * SLOT_BYTES
            head = _HEAD.pack(len(report), crc32(report))
            self._memory[at : at + _HEAD.size + len(report)] = head + report

    def read(self, number: int) -> bytes | None:
        """Return the report of a worker; None if it has none, or is just being replaced."""
        at = number * SLOT_BYTES
        length, checksum = _HEAD.unpack_from(self._memory, at)
        report = self._memory[at + _HEAD.size : at + _HEAD.size + length]
        return report if length and crc32(report) == checksum else None


class WorkerReports:
    """Implements `ports.stores.processes.shared_reports.SharedReports` for one worker.

    Args:
        slots: the memory.
        number: the number of this worker.
    """

    def __init__(self, slots: ReportSlots, number: int) -> None:
        self._slots = slots
        self._number = number

    def note(self, report: bytes) -> None:
        self._slots.write(self._number, report)

    def of_others(self) -> Mapping[int, bytes | None]:
        return {
            number: self._slots.read(number)
            for number in range(self._slots.workers)
            if number != self._number
        }
