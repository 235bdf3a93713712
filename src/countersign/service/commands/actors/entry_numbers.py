"""Numbers of audit entries as moderators see them.

The database numbers the entries of all communities together. Whoever saw these numbers would learn
how much is done in communities that are not theirs.
"""

from dataclasses import replace
from hashlib import blake2b
from typing import Final

from countersign.ports.stores.audit import AuditEntry

_HALF_BITS: Final = 24
_HALF_MASK: Final = (1 << _HALF_BITS) - 1
_ROUNDS: Final = 4
_PURPOSE: Final = b"audit entries"


class EntryNumbers:
    """Encrypts the numbers of entries: a Feistel network over 48 bits, whose values fit into JSON.

    Args:
        secret: the key, 32 bytes; the same in all processes of the server.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def encrypted(self, entry_id: int) -> int:
        """Return the number that stands for `entry_id`, which is below 2^48."""
        left, right = entry_id >> _HALF_BITS, entry_id & _HALF_MASK
        for number in range(_ROUNDS):
            left, right = right, left ^ self._mask(number, right)
        return left << _HALF_BITS | right

    def decrypted(self, shown: int) -> int:
        """Return the `entry_id` of what `encrypted` returned; of another number any integer."""
        left, right = shown >> _HALF_BITS & _HALF_MASK, shown & _HALF_MASK
        for number in reversed(range(_ROUNDS)):
            left, right = right ^ self._mask(number, left), left
        return left << _HALF_BITS | right

    def encrypted_in(self, entry: AuditEntry) -> AuditEntry:
        """Return an entry with its number encrypted, and that of the change that it undid."""
        details = entry.details
        undone = details.get("entry")
        if isinstance(undone, int):
            details = {**details, "entry": self.encrypted(undone)}
        return replace(entry, entry_id=self.encrypted(entry.entry_id), details=details)

    def _mask(self, number: int, half: int) -> int:
        data = number.to_bytes(1, "big") + half.to_bytes(3, "big")
        hashed = blake2b(data, digest_size=3, key=self._secret, person=_PURPOSE)
        return int.from_bytes(hashed.digest(), "big")
