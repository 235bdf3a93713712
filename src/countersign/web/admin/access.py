"""Access control of the admin listener: for token holders, by programs on the same machine."""

import hmac
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.types import Scope

from countersign.ports.actors import Actor, ActorKind, Face
from countersign.service.commands.actors.access_register import OPERATOR_NAME
from countersign.web.http.access_refused import BrowserRefused, TokenRefused
from countersign.web.http.hosts import has_web_origin, host_of, is_loopback

CLI_AGENT: Final = b"countersign-cli"
"""User agent of the command line; a hint for the audit log, and no proof."""

FindActor = Callable[[bytes, Face], Actor | None]
"""Returns the actor whom a token lets in, by the face that they use; None if it is not good."""


def _nobody(token: bytes, face: Face) -> Actor | None:  # noqa: ARG001
    return None


class AdminAccess:
    """Lets in whoever holds a token, and tells who that is.

    A page in the operator's browser can reach loopback too, and by a name of its own that resolves
    there. It can't hide that it is a page, so it is sent away before the token is looked at.

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

    def check(self, scope: Scope) -> Actor:
        """Return the actor whose request may be served.

        Raises:
            BrowserRefused: it comes from a web page, or was not addressed to loopback.
            TokenRefused: it does not hold a token that is good.
        """
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if has_web_origin(scope) or not is_loopback(host_of(scope)):
            raise BrowserRefused
        kind, _, token = headers.get(b"authorization", b"").partition(b" ")
        if kind != b"Bearer":
            raise TokenRefused
        is_cli = headers.get(b"user-agent", b"").startswith(CLI_AGENT)
        face = Face.CLI if is_cli else Face.API
        if hmac.compare_digest(token, self._expected):
            return Actor.unlimited(OPERATOR_NAME, ActorKind.OPERATOR, face)
        actor = self._find_actor(token, face)
        if actor is None:
            raise TokenRefused
        return actor


def actor_of(request: Request) -> Actor:
    """Return the actor who sent a request."""
    actor = request.scope["principal"]
    if not isinstance(actor, Actor):
        raise TokenRefused
    return actor
