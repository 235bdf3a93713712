"""Host names under which the dashboard answers, and origins from which it accepts forms.

A page elsewhere can have its own host name resolve to this machine (DNS rebinding), and can post a
form to any address. Browsers send the host and the origin in both cases, so both are checked.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

from countersign.web.http.access_refused import DashboardHostRefused, FormRefused
from countersign.web.http.hosts import host_of, is_address, is_loopback

READING: Final = frozenset({"GET", "HEAD"})


class DashboardHosts:
    """Checks the host and the origin of a request.

    Args:
        public_url: the address behind a reverse proxy, such as `https://mod.example.org`; None if
            there is none.
    """

    def __init__(self, public_url: str | None) -> None:
        url = urlsplit(public_url or "")
        self._public_host = (url.hostname or "").removesuffix(".")
        self._public_origin = f"{url.scheme}://{url.netloc}".lower()

    def check(self, scope: Scope) -> None:
        """Check that a request may be served.

        Raises:
            DashboardHostRefused: it names a host that is none of ours.
            FormRefused: it changes something, and comes from no page of ours.
        """
        host = host_of(scope)
        if not self.is_public(scope) and not is_loopback(host) and not is_address(host):
            raise DashboardHostRefused(host)
        if scope["method"] in READING:
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        named = headers.get(b"host", b"").decode("latin-1").lower()
        expected = self._public_origin if self.is_public(scope) else f"http://{named}"
        if origin != expected:
            raise FormRefused

    def is_public(self, scope: Scope) -> bool:
        """Return True if a request came under the public name, and so by its protocol."""
        return bool(self._public_host) and host_of(scope) == self._public_host

    def is_secure(self, scope: Scope) -> bool:
        """Return True if the browser uses HTTPS, so that its cookie may be `Secure`."""
        return self.is_public(scope) and self._public_origin.startswith("https:")
