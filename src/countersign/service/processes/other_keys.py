"""Detection of other processes of this server name that have other keys or secrets.

Rooms accept the signatures of one policy key only, and hashes of links match only with the same
secret. So every process sends digests of its own to the others, each minute.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.service.processes.comparisons import FORGOTTEN_AFTER_SECONDS, Comparison

_DIGEST_BYTES: Final = 16


class OtherKeys:
    """Compares our keys and secrets with those of other processes.

    Args:
        broadcasts: send and receive the digests.
        own: our keys and secrets, by the name under which operators know each.
    """

    def __init__(self, broadcasts: Broadcasts, clock: Clock, own: Mapping[str, bytes]) -> None:
        self._broadcasts = broadcasts
        self._clock = clock
        self._own = {
            name: blake2b(value, digest_size=_DIGEST_BYTES, person=b"countersign-key").hexdigest()
            for name, value in own.items()
        }
        self._differed_at: dict[str, float] = {}
        self._comparison = Comparison(self._publish_digests, clock)
        broadcasts.subscribe(Topic.KEYS, self._on_message)

    def find_trouble(self) -> str | None:
        """Return a sentence on what differs; None if nothing does."""
        since = self._clock.monotonic() - FORGOTTEN_AFTER_SECONDS
        differing = [name for name in self._own if self._differed_at.get(name, since) > since]
        if not differing:
            return None
        return (
            f"Another process of this server name has another {' and another '.join(differing)}."
            " All machines need the same files: copy them, and restart the process that has the"
            " wrong ones."
        )

    async def run(self) -> None:
        """Send our digests each minute, until cancelled."""
        await self._comparison.run()

    def _publish_digests(self) -> None:
        for name, digest in self._own.items():
            self._broadcasts.publish(Topic.KEYS, name, digest)

    def _on_message(self, name: str, digest: str) -> None:
        if self._own.get(name, digest) == digest:
            return
        self._differed_at[name] = self._clock.monotonic()
        self._comparison.answer()
