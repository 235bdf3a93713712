"""`GET /_countersign/v1/health`, `/ready` and `/health`: the health of each part."""

from starlette.requests import Request

from countersign import __version__
from countersign.service.health.readiness import Health, HealthReport
from countersign.web.http.answers import Answer


class HealthEndpoint:
    """Answers with the health report, for a supervisor or `countersign doctor`."""

    def __init__(self, health: Health, server_name: str) -> None:
        self._health = health
        self._server_name = server_name

    async def get_ready(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer a request as `answer_ready` does."""
        return self.answer_ready()

    async def get_alive(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer a request as `answer_alive` does."""
        return self.answer_alive()

    def answer_ready(self) -> Answer:
        """Return 200 if ready, else 503, with the health report."""
        report = self._health.report()
        return self._answer(200 if report.is_ready else 503, report)

    def answer_alive(self) -> Answer:
        """Return 200 with the health report: a supervisor's restart would mend nothing."""
        return self._answer(200, self._health.report())

    def _answer(self, status: int, report: HealthReport) -> Answer:
        return Answer(
            status,
            {
                "is_ready": report.is_ready,
                "server_name": self._server_name,
                "version": __version__,
                "parts": dict(report.parts),
                "warnings": dict(report.warnings),
            },
        )
