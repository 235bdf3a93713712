"""Admission of requests by their client address, before their bodies are read."""

from starlette.types import Scope

from countersign.service.limits.known_clients import Client, KnownClients
from countersign.service.limits.request_limits import FREE_BODY_BYTES, RequestLimits
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.http.requests import ChargeBody


class Admission:
    """Rate limits for requests of networks, and for long bodies of all strangers together.

    Args:
        limits: the token buckets.
        client_addresses: finds the client of a request.
        known_clients: knows the addresses of member servers.
    """

    def __init__(
        self, limits: RequestLimits, client_addresses: ClientAddresses, known_clients: KnownClients
    ) -> None:
        self._limits = limits
        self._client_addresses = client_addresses
        self._known_clients = known_clients

    def charge(self, scope: Scope) -> None:
        """Take a token for a request.

        Raises:
            RateLimited: its network has no tokens left.
        """
        self.charge_client(self._client_addresses.client_of(scope))

    def charge_client(self, client: Client) -> None:
        """Take a token for a request of this client; raises the errors of `charge`."""
        self._limits.charge_request(client.network)

    def body_charge(self, scope: Scope) -> ChargeBody | None:
        """Return the function that takes tokens for a request's body; None if it is free."""
        return self.body_charge_of(self._client_addresses.client_of(scope), None)

    def body_charge_of(self, client: Client, content_length: int | None) -> ChargeBody | None:
        """Return the function that takes tokens for the body of this client; None if it is free.

        Args:
            client: the client.
            content_length: length of the body in bytes; None if not known.
        """
        if content_length is not None and content_length <= FREE_BODY_BYTES:
            return None

        def charge_body(before_bytes: int, after_bytes: int) -> None:
            if after_bytes > FREE_BODY_BYTES:
                is_known = self._known_clients.owner_of(client) is not None
                self._limits.charge_body(
                    client.network, after_bytes, before_bytes=before_bytes, is_known=is_known
                )

        return charge_body

    def note(self, scope: Scope, origin: str) -> None:
        """Remember the address of a verified request by `origin`."""
        self._known_clients.note(self._client_addresses.client_of(scope), origin)
