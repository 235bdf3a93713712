"""Metrics of requests, and the page where Prometheus reads all metrics."""

from collections.abc import Iterable
from time import perf_counter
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from countersign.ports.metrics import Metrics, MetricsPage
from countersign.ports.randomness import Randomness
from countersign.web.errors import ErrorAnswers
from countersign.web.health import HealthEndpoint
from countersign.web.http.access_refused import HostRefused
from countersign.web.http.hosts import has_web_origin, host_of, is_address
from countersign.web.json_app import JsonApp

ENDPOINTS: Final = (
    "sign",
    "sign_unstable",
    "send",
    "invite",
    "event",
    "server_keys",
    "profile",
    "devices",
    "version",
    "well_known",
    "reason",
)
STATUSES: Final = ("200", "400", "401", "403", "404", "405", "413", "415", "429", "500", "503")
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.0)

_TEXTS: Final = {int(status): status for status in STATUSES}


class RequestMetrics:
    """Counts responses to other servers, and measures the time of those to `sign`."""

    def __init__(self, metrics: Metrics) -> None:
        self._requests = metrics.counter(
            "countersign_requests_total",
            "Requests of other servers that were answered.",
            endpoint=(*ENDPOINTS, "other"),
            status=STATUSES,
        )
        self._sign_seconds = metrics.histogram(
            "countersign_sign_seconds",
            "How long requests for a signature took, from the end of their headers to the answer.",
            SECONDS,
        )

    def count(self, endpoint: str, status: int) -> None:
        """Count one response."""
        self._requests.inc(endpoint, _TEXTS.get(status, ""))

    def count_sign(self, endpoint: str, status: int, began: float) -> None:
        """Count one response of `sign`, whose request began at `began` by `perf_counter`."""
        self._requests.inc(endpoint, _TEXTS.get(status, ""))
        self._sign_seconds.observe(perf_counter() - began)


class MetricsEndpoint:
    """Serves all metrics."""

    def __init__(self, page: MetricsPage) -> None:
        self._page = page

    async def get(self, request: Request) -> Response:  # noqa: ARG002
        """Answer a request with the page."""
        return await self.page()

    async def page(self) -> Response:
        """Return the page as an answer."""
        headers = {"content-type": self._page.content_type, "cache-control": "no-store"}
        return Response(await self._page.collect(), headers=headers)


class MetricsAccess:
    """Access check that refuses requests of web pages.

    The admin listener insists on loopback. Metrics are read from other machines too, so any IP
    address will do, and a name without a dot, such as that of a container: no page on the internet
    has such a name.

    Args:
        hosts: further names by which the listener is asked.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = frozenset(host.lower().removesuffix(".") for host in hosts)

    def check(self, scope: Scope) -> None:
        """Check that a request may be served.

        Raises:
            HostRefused: it comes from a web page, or names a host that may be one.
        """
        host = host_of(scope)
        is_ours = host in self._hosts or is_address(host) or (host and "." not in host)
        if has_web_origin(scope) or not is_ours:
            raise HostRefused(host)


def metrics_app(
    page: MetricsPage,
    randomness: Randomness,
    health: HealthEndpoint,
    *,
    hosts: Iterable[str] = (),
) -> ASGIApp:
    """Return the application of a listener for monitoring: metrics, health and nothing else.

    Args:
        page: the metrics.
        randomness: for request IDs.
        health: shows how the server is.
        hosts: see `MetricsAccess`.
    """
    return JsonApp(
        ErrorAnswers(randomness),
        routes=[
            Route("/metrics", MetricsEndpoint(page).get),
            Route("/health", health.get_alive),
            Route("/ready", health.get_ready),
        ],
        check_access=MetricsAccess(hosts).check,
    )
