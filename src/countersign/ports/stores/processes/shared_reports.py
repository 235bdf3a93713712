"""Port: reports that the processes of one machine share in memory."""

from collections.abc import Mapping
from typing import Protocol


class SharedReports(Protocol):
    """The last report of each process. Nobody waits."""

    def note(self, report: bytes) -> None:
        """Replace the report of this process; one that is too long is dropped."""
        ...

    def of_others(self) -> Mapping[int, bytes | None]:
        """Return the reports of the other processes by their numbers; None before the first.

        A report that is being replaced may be missing.
        """
        ...
