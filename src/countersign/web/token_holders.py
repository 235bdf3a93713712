"""Token holders: the actors of tokens, the operator's token included."""

import hmac
from collections.abc import Callable

from countersign.ports.actors import Actor, ActorKind, Face
from countersign.service.commands.actors.access_register import OPERATOR_NAME

FindActor = Callable[[bytes, Face], Actor | None]
"""Returns the actor whom a token lets in, by the face that they use; None if it is not good."""


def _nobody(token: bytes, face: Face) -> Actor | None:  # noqa: ARG001
    return None


class TokenHolders:
    """Finds the actor of a token.

    Args:
        token: the operator's secret, as the token file holds it.
        find_actor: knows the other tokens.

    Raises:
        ValueError: the token is empty.
    """

    def __init__(self, token: str, find_actor: FindActor = _nobody) -> None:
        token = token.strip()
        if not token:
            raise ValueError("the admin token is empty")
        self._expected = token.encode()
        self._find_actor = find_actor

    def find(self, token: bytes, face: Face) -> Actor | None:
        """Return the actor of a token; None if it is not valid."""
        if hmac.compare_digest(token, self._expected):
            return Actor.unlimited(OPERATOR_NAME, ActorKind.OPERATOR, face)
        return self._find_actor(token, face)
