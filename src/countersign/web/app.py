"""All paths that are served to the internet."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.routing import Route
from starlette.types import ASGIApp

from countersign.policy.languages.tags import ENGLISH
from countersign.ports.metrics import Metrics
from countersign.ports.randomness import Randomness
from countersign.service.identity import Identity
from countersign.service.limits.known_clients import KnownClients
from countersign.service.limits.request_limits import RequestLimits
from countersign.service.own_events.delivery import OwnEventDelivery
from countersign.service.rooms.invites import Invites
from countersign.service.signing.published_keys import Publication
from countersign.service.signing.request_auth import RequestAuth
from countersign.service.signing.sign_event import SignEvent
from countersign.service.signing.transactions import Transactions
from countersign.web.errors import ErrorAnswers
from countersign.web.federation.authenticated import AuthenticatedRequests
from countersign.web.federation.events import EventEndpoint
from countersign.web.federation.invites import InviteEndpoint
from countersign.web.federation.own_user import OwnUser
from countersign.web.federation.server_keys import ServerKeys
from countersign.web.federation.sign import Sign
from countersign.web.federation.transactions import TransactionEndpoint
from countersign.web.federation.version import get_version
from countersign.web.federation.well_known import WellKnown
from countersign.web.http.admission import Admission
from countersign.web.http.body_memory import (
    OTHER,
    OTHER_LIMITS,
    SIGN_LIMITS,
    BodyMemory,
    PurposeLimits,
)
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.json_app import JsonApp
from countersign.web.metrics import RequestMetrics
from countersign.web.reasons.endpoint import ReasonEndpoints, ReasonServices

BUDGET_SECONDS: Final = 30.0
"""For all but `sign`, which has its own: homeservers wait for a minute."""
SIGN_PATHS: Final = (
    b"/_matrix/policy/v1/sign",
    b"/_matrix/policy/unstable/org.matrix.msc4284/sign",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationServices:
    """Services behind the federation endpoints and the pages on refusals."""

    identity: Identity
    auth: RequestAuth
    sign_event: SignEvent
    publication: Publication
    transactions: Transactions
    invites: Invites
    randomness: Randomness
    metrics: Metrics
    limits: RequestLimits
    client_addresses: ClientAddresses
    known_clients: KnownClients
    own_events: OwnEventDelivery
    reasons: ReasonServices
    language_of: Callable[[str | None], str] = lambda _: ENGLISH


def federation_app(services: FederationServices) -> ASGIApp:
    """Return the application that is served to the internet."""
    errors = ErrorAnswers(services.randomness)
    metrics = RequestMetrics(services.metrics)
    admission = Admission(services.limits, services.client_addresses, services.known_clients)
    requests = AuthenticatedRequests(services.auth, admission)
    sign = Sign(
        services.sign_event,
        admission,
        errors,
        metrics,
        client_addresses=services.client_addresses,
        language_of=services.language_of,
    )
    keys = ServerKeys(services.publication)
    own_user = OwnUser(requests, services.identity)
    transactions = TransactionEndpoint(requests, services.transactions, services.limits)
    events = EventEndpoint(requests, services.own_events)
    invites = InviteEndpoint(requests, services.invites)
    federation = "/_matrix/federation"
    return JsonApp(
        errors,
        plain=dict(zip(SIGN_PATHS, (sign.stable, sign.unstable), strict=True)),
        routes=[
            *WellKnown(services.publication).routes(),
            *ReasonEndpoints(services.reasons, services.client_addresses).routes(),
            Route("/_matrix/key/v2/server", keys.get, name="server_keys"),
            # Older servers request one key by its ID, or end the path with a slash.
            Route("/_matrix/key/v2/server/", keys.get, name="server_keys"),
            Route("/_matrix/key/v2/server/{key_id}", keys.get, name="server_keys"),
            Route(f"{federation}/v1/version", get_version, name="version"),
            Route(f"{federation}/v1/query/profile", own_user.profile, name="profile"),
            Route(f"{federation}/v1/user/devices/{{user_id}}", own_user.devices, name="devices"),
            Route(f"{federation}/v1/event/{{event_id}}", events.get, name="event"),
            Route(
                f"{federation}/v1/send/{{txn_id}}", transactions.put, methods=["PUT"], name="send"
            ),
            Route(
                f"{federation}/v1/invite/{{room_id}}/{{event_id}}",
                invites.put_v1,
                methods=["PUT"],
                name="invite",
            ),
            Route(
                f"{federation}/v2/invite/{{room_id}}/{{event_id}}",
                invites.put_v2,
                methods=["PUT"],
                name="invite",
            ),
        ],
        check_access=admission.charge,
        budget_seconds=BUDGET_SECONDS,
        on_answer=lambda endpoint, status: metrics.count(endpoint or "other", status),
    )


def federation_bodies(
    services: FederationServices,
    *,
    sign: PurposeLimits = SIGN_LIMITS,
    other: PurposeLimits = OTHER_LIMITS,
) -> BodyMemory:
    """Return the memory for the bodies of `federation_app`'s requests.

    Args:
        services: tell where a request comes from.
        sign: limits on requests for signatures; no transaction can take up what they need.
        other: limits on all else.
    """
    bodies = BodyMemory(
        {"sign": sign, OTHER: other},
        purposes=dict.fromkeys(SIGN_PATHS, "sign"),
        client_of=services.client_addresses.client_of,
        member_at=services.known_clients.owner_of,
    )
    for purpose in ("sign", OTHER):
        services.metrics.gauge(
            "countersign_body_bytes",
            "How much memory request bodies take up.",
            partial(bodies.held_bytes, purpose),
            purpose=purpose,
        )
    return bodies
