"""`/health`, `/ready`, `/metrics`: how the server is."""

from pydantic import Field
from starlette.types import ASGIApp

from countersign.ports.actors import Actor
from countersign.service.commands.actors.permissions import Command
from countersign.web.admin.declarations.endpoints import AnswerKind, page
from countersign.web.admin.declarations.models import Anything, JsonAnswer
from countersign.web.health import HealthEndpoint
from countersign.web.metrics import MetricsEndpoint

UNWELL = {503: "A part is not well."}


class HealthJson(JsonAnswer):
    """State of the server; a part or warning is null when it is well, else a sentence."""

    is_ready: bool
    server_name: str
    version: str
    parts: dict[str, str | None]
    warnings: dict[str, str | None] = Field(description="what leaves the server ready")


class HealthEndpoints:
    """Reports health and metrics to supervisors, monitors and `countersign doctor`."""

    def __init__(self, health: HealthEndpoint, metrics: MetricsEndpoint) -> None:
        self._health = health
        self._metrics = metrics

    @page("health", Command.HEALTH, answer=HealthJson, further_statuses=UNWELL)
    async def health(self, _actor: Actor, _asked: Anything) -> ASGIApp:
        """Report the health of every part: 200 if all are healthy, else 503 with the same object.

        The [metrics listener](metrics.md) has `/health` and `/ready` without a token.
        """
        return self._health.answer_ready()

    @page("/ready", Command.HEALTH, answer=HealthJson, further_statuses=UNWELL)
    async def ready(self, _actor: Actor, _asked: Anything) -> ASGIApp:
        """Report the health of every part, as `/_countersign/v1/health` does."""
        return self._health.answer_ready()

    @page("/health", Command.HEALTH, answer=HealthJson)
    async def alive(self, _actor: Actor, _asked: Anything) -> ASGIApp:
        """Report the same, with 200 as long as the server answers at all.

        It is for a supervisor that would restart the program: a restart mends no full disk.
        """
        return self._health.answer_alive()

    @page("/metrics", Command.METRICS, answer=None, kind=AnswerKind.TEXT)
    async def metrics(self, _actor: Actor, _asked: Anything) -> ASGIApp:
        """Show the metrics: [metrics.md](metrics.md)."""
        return await self._metrics.page()
