"""Who may speak to the admin listener: a program of the operator's, on the same machine."""

import hmac

from starlette.types import Scope

from countersign.web.http.access_refused import BrowserRefused, TokenRefused
from countersign.web.http.hosts import has_web_origin, host_of, is_loopback


class AdminAccess:
    """Lets in whoever holds the token.

    A page in the operator's browser can reach loopback too, and by a name of its own that resolves
    there. It can't hide that it is a page, so it is sent away before the token is looked at.

    Args:
        token: the secret, as the token file holds it.

    Raises:
        ValueError: the token is empty.
    """

    def __init__(self, token: str) -> None:
        token = token.strip()
        if not token:
            raise ValueError("the admin token is empty")
        self._expected = b"Bearer " + token.encode()

    def check(self, scope: Scope) -> None:
        """Return if the request may be served.

        Raises:
            BrowserRefused: it comes from a web page, or was not addressed to loopback.
            TokenRefused: it does not hold the token.
        """
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if has_web_origin(scope) or not is_loopback(host_of(scope)):
            raise BrowserRefused
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            raise TokenRefused
