"""Hosts of the dashboard: under which names it answers, and from which pages it takes forms.

A page elsewhere can have its own name lead to this machine (DNS rebinding), and can post a form to
any address. Neither can hide its own name.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

from countersign.web.http.access_refused import DashboardHostRefused, FormRefused
from countersign.web.http.hosts import host_of, is_address, is_loopback

READING: Final = frozenset({"GET", "HEAD"})


class DashboardHosts:
    """Checks under which name a request comes, and from which page.

    Args:
        public_url: the address behind a reverse proxy, such as `https://mod.example.org`; None if
            there is none.
    """

    def __init__(self, public_url: str | None) -> None:
        url = urlsplit(public_url or "")
        self._public_host = (url.hostname or "").removesuffix(".")
        self._public_origin = f"{url.scheme}://{url.netloc}".lower()

    def check(self, scope: Scope) -> None:
        """Return if a request may be served.

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
        """Return True if a request came by the public name, and so over what that promises."""
        return bool(self._public_host) and host_of(scope) == self._public_host

    def is_secure(self, scope: Scope) -> bool:
        """Return True if the browser speaks HTTPS, so that its cookie may insist on that."""
        return self.is_public(scope) and self._public_origin.startswith("https:")
