"""The port through which other servers' keys are kept."""

from typing import Protocol

from countersign.protocol.server_keys import ServerKeys


class ServerKeyStore(Protocol):
    """Keeps the last key document of each server, so that a restart does not forget who is who.

    Documents are kept as they were received and are parsed and verified again when loaded.
    """

    async def load(self) -> list[ServerKeys]:
        """Return the keys of every server that are still good, also those that are out of date.

        A document that no longer verifies is left out.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def save(self, keys: ServerKeys, document: bytes) -> None:
        """Store the document that `keys` were read from, in the place of that server's last one.

        Args:
            keys: what the document says; its `fetched_ts` is kept beside it.
            document: the bytes as received.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...
