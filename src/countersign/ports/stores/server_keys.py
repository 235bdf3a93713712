"""Port: store of other servers' keys."""

from typing import Protocol

from countersign.protocol.keys.server_keys import ServerKeys


class ServerKeyStore(Protocol):
    """Stores the last key document of each server, so that a restart needs no new requests.

    Documents are kept as they were received and are parsed and verified again when loaded. Old keys
    that stood in earlier documents only are kept beside them.
    """

    async def load(self, *, changed_after: int = -1) -> list[ServerKeys]:
        """Return the keys of every server, expired ones included; invalid documents are left out.

        A document that no longer verifies is left out.

        Args:
            changed_after: a number of `Topic.SERVER_KEYS`: only those stored after that change.
        """
        ...

    async def save(self, keys: ServerKeys, document: bytes | None) -> None:
        """Store a server's key document, in place of its last one.

        Args:
            keys: what the document says, with the old keys of earlier ones.
            document: the bytes as received; None if only old keys were added to what is stored.
        """
        ...
