"""Token holders: the actors of tokens, the operator's token included."""

import hashlib
import hmac
from collections.abc import Callable

from countersign.ports.actors import Actor, ActorKind, Face
from countersign.service.commands.actors.access_register import OPERATOR_NAME, TokenHolder

FindNamed = Callable[[str, Face], TokenHolder | None]
"""Returns whom the token of that name lets in; None if it is not good."""
FindActor = Callable[[bytes, Face], Actor | None]
"""Returns the actor whom a token lets in, by the face that they use; None if it is not good."""


def _nobody(token: bytes, face: Face) -> Actor | None:  # noqa: ARG001
    return None


def _no_name(name: str, face: Face) -> None:  # noqa: ARG001
    return None


class TokenHolders:
    """Finds the actor of a token.

    Args:
        token: the operator's secret, as the token file holds it.
        find_actor: knows the other tokens.
        find_named: likewise, by their names.

    Raises:
        ValueError: the token is empty.
    """

    def __init__(
        self, token: str, find_actor: FindActor = _nobody, find_named: FindNamed = _no_name
    ) -> None:
        token = token.strip()
        if not token:
            raise ValueError("the admin token is empty")
        self._expected = token.encode()
        self._find_actor = find_actor
        self._find_named = find_named

    def find(self, token: bytes, face: Face) -> Actor | None:
        """Return the actor of a token; None if it is not valid."""
        if hmac.compare_digest(token, self._expected):
            return Actor.unlimited(OPERATOR_NAME, ActorKind.OPERATOR, face)
        return self._find_actor(token, face)

    def find_named(self, name: str, face: Face) -> TokenHolder | None:
        """Return the actor of the token with that name; None if it is not valid."""
        if name == OPERATOR_NAME:
            actor = Actor.unlimited(OPERATOR_NAME, ActorKind.OPERATOR, face)
            return TokenHolder(actor, hashlib.sha256(self._expected).digest())
        return self._find_named(name, face)
