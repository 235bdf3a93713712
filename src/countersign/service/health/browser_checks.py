"""Checks of the documents for clients on port 443, and of the pages for browsers.

Element's room settings take a policy server's name and read both documents in the browser. So they
must be on port 443 of the bare name, with CORS headers that allow any origin.
"""

from collections.abc import Mapping
from typing import Any

from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import FederationClient
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.identifiers import split_server_name
from countersign.protocol.rooms.policy_servers import well_known_body
from countersign.service.health.doctor import Check, Outcome
from countersign.service.identity import Identity


class BrowserChecks:
    """Requests documents of our server as a client in a browser does.

    Args:
        identity: our name and keys, which the answers must have.
        federation: resolves our name and connects as for any other server.
    """

    def __init__(self, identity: Identity, federation: FederationClient) -> None:
        self._identity = identity
        self._federation = federation
        self._name = split_server_name(identity.server_name)
        self._host = self._name.url_host

    async def check_well_known(self) -> Check:
        """Check that clients can find our policy key, to fill in `m.room.policy` by themselves.

        Spec:
            https://spec.matrix.org/v1.18/client-server-api/#getwell-knownmatrixpolicy_server
        """
        url = f"https://{self._host}/.well-known/matrix/policy_server"
        try:
            published = await self._federation.client_document(self._name.host, "policy_server")
        except (PeerUnavailable, PeerRefused) as error:
            return _well_known(
                Outcome.WARN,
                f"{url} cannot be had: {error}.",
                "Until it can, nobody can protect a room by typing our name into Element's room "
                f"settings: have the web server of {self._host} pass /.well-known/matrix/ on to "
                "Countersign.",
            )
        expected = well_known_body(self._identity.policy_key.verify_key)
        if published.content.get("public_keys") != expected["public_keys"]:
            if self._is_former(published.content):
                return _well_known(
                    Outcome.WARN,
                    f"{url} shows a former policy key.",
                    "Start the server again: it reads its keys when it starts.",
                )
            return _well_known(
                Outcome.FAIL,
                f"{url} shows another policy key than ours.",
                "Whoever copies it into m.room.policy stops a room: publish what "
                "`countersign keys` prints.",
            )
        if not published.is_for_browsers:
            return _well_known(Outcome.WARN, f"{url} is closed to web pages.", _CORS_REMEDY)
        return _well_known(Outcome.OK, f"{url} shows our policy key, to web pages too.")

    async def check_support(self, expected: JsonObject | None) -> Check:
        """Check that a room's administrators can find our contacts.

        Args:
            expected: our document at `/.well-known/matrix/support`; None if there is none.

        Spec:
            https://spec.matrix.org/v1.18/client-server-api/#getwell-knownmatrixsupport
        """
        url = f"https://{self._host}/.well-known/matrix/support"
        if expected is None:
            return _support(
                Outcome.WARN,
                "Nobody is named whom a room's administrators can turn to.",
                "Element shows them the support page of a room's policy server: name one, or a "
                "contact, in the setting `support`.",
            )
        try:
            published = await self._federation.client_document(self._name.host, "support")
        except (PeerUnavailable, PeerRefused) as error:
            return _support(
                Outcome.WARN,
                f"{url} cannot be had: {error}.",
                f"Have the web server of {self._host} pass /.well-known/matrix/ on to Countersign.",
            )
        if published.content != expected:
            return _support(
                Outcome.WARN,
                f"{url} is not what the settings say.",
                f"The web server of {self._host} answers it by itself, or the server has to be "
                "started again.",
            )
        if not published.is_for_browsers:
            return _support(Outcome.WARN, f"{url} is closed to web pages.", _CORS_REMEDY)
        return _support(Outcome.OK, f"{url} names whom to turn to.")

    async def check_pages(self, public_url: str) -> Check:
        """Check that the links at the end of refusals lead to our pages.

        Args:
            public_url: the setting `reasons: public_url`.
        """
        url = f"{public_url}/r/00000-00000"
        try:
            page = await self._federation.page(url)
        except (PeerUnavailable, PeerRefused) as error:
            return _pages(f"{url} cannot be had: {error}.")
        if (page.status, page.media_type) != (404, "text/html"):
            return _pages(
                f"{url} answers {page.status} ({page.media_type}), which is no page of ours."
            )
        return Check(
            name="pages", outcome=Outcome.OK, message=f"{public_url}/r/ shows why we refuse."
        )

    def _is_former(self, published: Mapping[str, Any]) -> bool:
        former = (well_known_body(key.verify_key) for key in self._identity.former_policy_keys)
        return any(published.get("public_keys") == body["public_keys"] for body in former)


_CORS_REMEDY = (
    "Element in a browser cannot read it: have the reverse proxy leave our header "
    "Access-Control-Allow-Origin: * as it is."
)


def _well_known(outcome: Outcome, message: str, remedy: str = "") -> Check:
    return Check(name="well-known", outcome=outcome, message=message, remedy=remedy)


def _support(outcome: Outcome, message: str, remedy: str = "") -> Check:
    return Check(name="support", outcome=outcome, message=message, remedy=remedy)


def _pages(message: str) -> Check:
    return Check(
        name="pages",
        outcome=Outcome.FAIL,
        message=message,
        remedy="Refusals end with such addresses: have the reverse proxy pass /r/ on, or take "
        "reasons: public_url out of the settings.",
    )
