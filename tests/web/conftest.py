"""Listeners on loopback, on the program's event loop; where it matters, also on asyncio's."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

import pytest
import uvloop
from starlette.types import ASGIApp

from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.sql.stores.own_user.own_events import SqlOwnEventStore
from countersign.policy.policies.policy_documents import parse_policy
from countersign.service.limits.known_clients import KnownClients
from countersign.service.limits.token_buckets import RateLimit
from countersign.service.own_events.delivery import OwnEventDelivery
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Policies
from countersign.service.reasons.appealing import Appealing
from countersign.service.reasons.explanations import Explanations
from countersign.service.reasons.page_limits import PageLimits
from countersign.service.rooms.invites import Invites
from countersign.service.signing.published_keys import Publication
from countersign.service.signing.request_auth import RequestAuth
from countersign.service.signing.transactions import Transactions
from countersign.testing.clocks import RepeatableRandomness
from countersign.testing.peers import Peer
from countersign.web.app import FederationServices, federation_app, federation_bodies
from countersign.web.http.admission import Admission
from countersign.web.http.body_memory import BodyMemory, PurposeLimits
from countersign.web.http.certificates import Certificate
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.http.connections import EdgeLimits
from countersign.web.http.listeners import Bound, ListenAt, Listeners
from countersign.web.reasons.endpoint import ReasonServices
from tests.service.conftest import (  # noqa: F401 - fixtures are found by name
    OUR_NAME,
    identity,
    notaries,
    room_version,
    world,
)
from tests.service.made_limits import make_limits
from tests.service.watching import make_leaks
from tests.web.wire import Response, ask

Serve = Callable[..., Awaitable[Bound]]


class FakeSignEvent:
    """Test double of `SignEvent`, whose answers a test sets."""

    def __init__(self, auth: RequestAuth) -> None:
        self.check_authorization = auth.parse
        self.answer: Any = {OUR_NAME: {"ed25519:policy_server": "c2lnbmF0dXJl"}}
        self.asked: list[dict[str, Any]] = []
        self.was_asked = asyncio.Event()

    async def sign(self, **asked: Any) -> Any:
        self.asked.append(asked)
        self.was_asked.set()
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, asyncio.Event):
            await self.answer.wait()
        if isinstance(self.answer, asyncio.Future):
            await self.answer
        return self.answer


@dataclass
class Federation:
    """Our endpoints, and a homeserver that sends requests to them."""

    bound: Bound
    alice: Peer
    sign_event: FakeSignEvent
    publication: Publication
    admission: Admission

    async def ask(
        self, method: str, target: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> Response:
        """Send a sign request without an X-Matrix header."""
        written = None if body is None else json.dumps(body).encode()
        return await ask(self.bound, method, target, headers, written)

    async def ask_signed(self, method: str, target: str, body: Any = None) -> Response:
        """Send a sign request of Alice's homeserver."""
        authorization = self.alice.sign_request(method, target, OUR_NAME, body)
        return await self.ask(method, target, body, headers={"Authorization": authorization})


BOTH_LOOPS = {"http", "test_app.py", "test_deadlines.py", "test_junk.py", "test_sign.py"}
"""Folders and files whose tests run on both event loops, since they test the transport itself."""


def pytest_asyncio_loop_factories(config, item):
    loops = {"uvloop": uvloop.new_event_loop}
    if item.path.relative_to(Path(__file__).parent).parts[0] in BOTH_LOOPS:
        loops["asyncio"] = asyncio.new_event_loop
    return loops


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an application at a free port until the test ends."""
    running: list[Listeners] = []

    async def start(
        app: ASGIApp,
        limits: EdgeLimits | None = None,
        certificate: Certificate | None = None,
        bodies: BodyMemory | None = None,
    ) -> Bound:
        listeners = Listeners(app, limits, bodies=bodies)
        running.append(listeners)
        at = ListenAt(address="127.0.0.1", port=0, certificate=certificate)
        return (await listeners.start([at]))[0]

    yield start
    for listeners in running:
        await listeners.stop(within_seconds=0.2)


@pytest.fixture
def body_limits(request) -> dict[str, PurposeLimits]:
    """Limits on the memory of bodies; by default the shipped ones."""
    return getattr(request, "param", {})


@pytest.fixture
async def federation(world, serve, body_limits) -> Federation:  # noqa: F811 - found by name
    """All federation endpoints with the real services; only the decision is simulated."""
    auth = RequestAuth(OUR_NAME, world.key_ring)
    sign_event = FakeSignEvent(auth)
    publication = Publication(
        world.identity,
        world.clock,
        delegated_server=f"{OUR_NAME}:443",
        support={"support_page": "https://example.com/help"},
    )
    services = FederationServices(
        identity=world.identity,
        auth=auth,
        sign_event=cast("Any", sign_event),
        publication=publication,
        transactions=Transactions(
            rooms=world.rooms,
            key_ring=world.key_ring,
            leaks=make_leaks(world),
            received=world.received,
        ),
        invites=Invites(
            world.identity,
            accept_from=["*"],
            rooms=world.rooms,
            key_ring=world.key_ring,
            background=world.background,
            join_after_seconds=(0,),
        ),
        randomness=RepeatableRandomness(),
        metrics=PrometheusMetrics(),
        limits=make_limits(
            world.clock,
            transactions=RateLimit(per_second=10, burst=200),
            per_network=RateLimit(per_second=10, burst=1_000),
        ),
        client_addresses=ClientAddresses([ip_network("127.0.0.0/8")]),
        known_clients=KnownClients(world.clock, world.rooms.is_member_server, lambda name: name),
        own_events=OwnEventDelivery(
            world.identity,
            rooms=world.rooms,
            store=SqlOwnEventStore(world.database),
            federation=world.federation,
            clock=world.clock,
        ),
        reasons=ReasonServices(
            explanations=Explanations(world.stores.decisions, world.rooms),
            appealing=Appealing(
                world.stores.appeals,
                Policies({DEFAULT_COMMUNITY: parse_policy(b"filters: []", {})}),
                world.clock,
                PrometheusMetrics(),
                answer_within_days=7,
                per_day=100,
            ),
            limits=PageLimits(world.clock),
            clock=world.clock,
            operator_page="https://example.com/help",
        ),
    )
    admission = Admission(services.limits, services.client_addresses, services.known_clients)
    bodies = federation_bodies(services, **body_limits)
    bound = await serve(federation_app(services), bodies=bodies)
    return Federation(bound, world.alice, sign_event, publication, admission)
