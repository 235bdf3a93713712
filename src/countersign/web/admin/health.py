"""`GET /_countersign/v1/health`: ready or not, and which part is not."""

from starlette.requests import Request

from countersign import __version__
from countersign.service.health.readiness import Health
from countersign.web.http.answers import Answer


class HealthEndpoint:
    """Tells what a supervisor, or `countersign doctor`, wants to know."""

    def __init__(self, health: Health, server_name: str) -> None:
        self._health = health
        self._server_name = server_name

    async def get(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer 200 when ready, else 503; with the same object."""
        report = self._health.report()
        return Answer(
            200 if report.is_ready else 503,
            {
                "is_ready": report.is_ready,
                "server_name": self._server_name,
                "version": __version__,
                "parts": dict(report.parts),
                "warnings": dict(report.warnings),
            },
        )
