"""Access control of the admin API: a token, and a client on the same machine."""

from typing import Final

from starlette.requests import Request
from starlette.types import Scope

from countersign.ports.actors import Actor, Face
from countersign.web.http.access_refused import BrowserRefused, TokenRefused
from countersign.web.http.hosts import has_web_origin, host_of, is_loopback
from countersign.web.token_holders import TokenHolders

CLI_AGENT: Final = b"countersign-cli"
"""User agent of the command line; a hint for the audit log, and no proof."""


class AdminAccess:
    """Checks the token of a request, and finds the actor.

    A page in the operator's browser can reach loopback too, by a host name of its own that resolves
    there. Browsers add headers that show this, so requests of pages are refused before their token
    is read.

    Args:
        holders: know whose a token is.
    """

    def __init__(self, holders: TokenHolders) -> None:
        self._holders = holders

    def check(self, scope: Scope) -> Actor:
        """Return the actor whose request may be served.

        Raises:
            BrowserRefused: it comes from a web page, or was not addressed to loopback.
            TokenRefused: it holds no valid token.
        """
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if has_web_origin(scope) or not is_loopback(host_of(scope)):
            raise BrowserRefused
        kind, _, token = headers.get(b"authorization", b"").partition(b" ")
        if kind.lower() != b"bearer":  # names of schemes have no case
            raise TokenRefused
        is_cli = headers.get(b"user-agent", b"").startswith(CLI_AGENT)
        face = Face.CLI if is_cli else Face.API
        actor = self._holders.find(token.lstrip(b" "), face)
        if actor is None:
            raise TokenRefused
        return actor


def actor_of(request: Request) -> Actor:
    """Return the actor who sent a request."""
    actor = request.scope["principal"]
    if not isinstance(actor, Actor):
        raise TokenRefused
    return actor
