"""Port: small values that the processes of one machine share in memory."""

from typing import Protocol


class SharedValues(Protocol):
    """Values by keys of 32 bytes; any of them may be gone at any time, and all are at a restart.

    A value that is found is the last or an earlier one of its key, whole. Nobody waits.
    """

    def find(self, key: bytes) -> bytes | None:
        """Return the value of a key; None if there is none any more."""
        ...

    def note(self, key: bytes, value: bytes) -> None:
        """Set the value of a key; a value that is too long is dropped."""
        ...
