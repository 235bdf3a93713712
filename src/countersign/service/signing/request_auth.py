"""Request authentication: X-Matrix headers against the origin's published keys."""

import asyncio
from collections.abc import Sequence
from typing import Final

from countersign.protocol.errors import Unauthorized
from countersign.protocol.keys.signing_keys import VerifyKey
from countersign.protocol.keys.x_matrix import XMatrix, parse_authorization, request_bytes
from countersign.service.errors import NotAuthenticated
from countersign.service.keys.key_ring import KeyRing

LONG_CONTENT_BYTES: Final = 256 * 1024


class RequestAuth:
    """Request authentication in two steps: the header's grammar, and later the signatures.

    Spec: https://spec.matrix.org/v1.18/server-server-api/#request-authentication
    """

    def __init__(self, server_name: str, key_ring: KeyRing) -> None:
        self._server_name = server_name
        self._key_ring = key_ring

    def parse(self, authorization: Sequence[bytes]) -> XMatrix:
        """Read the Authorization headers of a request, without any cryptography.

        Raises:
            Unauthorized: no or bad X-Matrix credentials, or they were meant for another server.
        """
        credentials = parse_authorization(authorization)
        if credentials.destination is not None and credentials.destination != self._server_name:
            raise Unauthorized(
                f"The request was signed for {credentials.destination!r}, "
                f"but this server is {self._server_name!r}."
            )
        if credentials.origin == self._server_name:
            raise Unauthorized("The request claims to come from this server itself.")
        return credentials

    async def verify(
        self,
        credentials: XMatrix,
        method: str,
        target: bytes,
        content: bytes | None,
        *,
        is_known: bool = False,
    ) -> str:
        """Verify that `credentials` sign this request; return the origin.

        There must be a signature by a key that the origin publishes, and all such must be valid.

        Args:
            credentials: from `parse`.
            method: upper case.
            target: the request-target's bytes exactly as received, with the query.
            content: the body as canonical JSON, None when the request had none.
            is_known: the origin has a user in one of our rooms.

        Raises:
            NotAuthenticated: no published key of the origin signed this request.
            KeysUnavailable: the origin's keys cannot be had at the moment.
        """
        signed_by: Sequence[tuple[VerifyKey, bytes]] = ()
        if len(credentials.signatures) == 1:
            ((key_id, signature),) = credentials.signatures
            key = self._key_ring.peek_request_key(credentials.origin, key_id)
            if key is not None:
                signed_by = ((key, signature),)
        signed_by = signed_by or await self._known_keys(credentials, is_known=is_known)
        if content is not None and len(content) > LONG_CONTENT_BYTES:
            # Copying and hashing it takes milliseconds, mostly without the interpreter's lock.
            is_signed = await asyncio.to_thread(
                self._is_signed, credentials, method, target, content, signed_by
            )
        else:
            is_signed = self._is_signed(credentials, method, target, content, signed_by)
        if not is_signed:
            raise _not_verified()
        return credentials.origin

    async def require_keys(self, credentials: XMatrix) -> None:
        """Raise unless the origin publishes one of the keys in the credentials.

        Raises:
            NotAuthenticated: the origin publishes none of the keys.
            KeysUnavailable: the origin's keys cannot be had at the moment.
        """
        await self._known_keys(credentials, is_known=False)

    def _is_signed(
        self,
        credentials: XMatrix,
        method: str,
        target: bytes,
        content: bytes | None,
        signed_by: Sequence[tuple[VerifyKey, bytes]],
    ) -> bool:
        signed = request_bytes(
            method,
            target.decode("ascii", "surrogateescape"),
            credentials.origin,
            # Our name is verified even if an old server's header has no `destination`: otherwise a
            # request to another server could be replayed to us.
            self._server_name,
            content,
        )
        for key, signature in signed_by:  # noqa: SIM110 - a generator costs more than one signature's part
            if not key.verify(signed, signature):
                return False
        return True

    async def _known_keys(
        self, credentials: XMatrix, *, is_known: bool
    ) -> list[tuple[VerifyKey, bytes]]:
        """Return the published keys that are named in the credentials, with their signatures."""
        keys = await self._key_ring.request_keys(
            credentials.origin,
            [key_id for key_id, _ in credentials.signatures],
            is_known=is_known,
        )
        signed_by = [
            (keys[key_id], signature)
            for key_id, signature in credentials.signatures
            if key_id in keys
        ]
        if not signed_by:
            raise _not_verified()
        return signed_by

    async def authenticate(
        self, method: str, target: bytes, authorization: Sequence[bytes], content: bytes | None
    ) -> str:
        """Parse and verify; return the origin. Raises the errors of `parse` and `verify`."""
        return await self.verify(self.parse(authorization), method, target, content)


def _not_verified() -> NotAuthenticated:
    # The same text for every cause, so that the answer does not show which servers we can reach.
    return NotAuthenticated("The request's signature could not be verified.")
