"""Values in memory that a supervisor and its workers share."""

from hashlib import blake2b
from mmap import mmap
from struct import Struct
from typing import Final

SLOTS: Final = 32_768
SLOT_BYTES: Final = 320
_CHECKSUM_BYTES: Final = 16
_KEY_BYTES: Final = 32
_LENGTH: Final = Struct("=H")
_LENGTH_AT: Final = _CHECKSUM_BYTES + _KEY_BYTES
_VALUE_AT: Final = _LENGTH_AT + _LENGTH.size
MAX_VALUE_BYTES: Final = SLOT_BYTES - _VALUE_AT


class WorkerValues:
    """Implements `SharedValues` for processes that were forked after it was made.

    Each key has one slot, which it shares with others: the last value stays. Nobody locks. What is
    read while another process writes it fails its checksum, and counts as gone.
    """

    def __init__(self) -> None:
        self._memory = mmap(-1, SLOTS * SLOT_BYTES)

    def find(self, key: bytes) -> bytes | None:
        at = _place_of(key)
        slot = self._memory[at : at + SLOT_BYTES]
        if slot[_CHECKSUM_BYTES:_LENGTH_AT] != key:
            return None
        (length,) = _LENGTH.unpack_from(slot, _LENGTH_AT)
        checked = slot[_CHECKSUM_BYTES : _VALUE_AT + length]
        if _checksum(checked) != slot[:_CHECKSUM_BYTES]:
            return None
        return checked[_VALUE_AT - _CHECKSUM_BYTES :]

    def note(self, key: bytes, value: bytes) -> None:
        if len(value) > MAX_VALUE_BYTES:
            return
        checked = b"".join((key, _LENGTH.pack(len(value)), value))
        at = _place_of(key)
        self._memory[at : at + _CHECKSUM_BYTES + len(checked)] = _checksum(checked) + checked


def _place_of(key: bytes) -> int:
    return int.from_bytes(key[:4]) % SLOTS * SLOT_BYTES


def _checksum(checked: bytes) -> bytes:
    return blake2b(checked, digest_size=_CHECKSUM_BYTES).digest()
