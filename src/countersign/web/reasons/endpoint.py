"""`/r/REFERENCE`: why something was refused, for the browser of whoever sent it."""

import math
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.requests import Request
from starlette.routing import Route

from countersign.policy.languages.accepted import accepted_language
from countersign.policy.languages.tags import ENGLISH
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.service.errors import RateLimited
from countersign.service.reasons.explanations import Explanations
from countersign.service.reasons.page_limits import PageLimits
from countersign.web.http.answers import Answer
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.http.requests import BadParameter, path_parameter
from countersign.web.reasons.pages import ReasonPages

PATH: Final = "/r/"
"""What stands before the reference."""
_RETRY_SECONDS: Final = 60

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonServices:
    """Services behind the pages on refusals.

    Attributes:
        explanations: of refusals.
        limits: on views.
        clock: ours.
        operator_page: the operator's support page; None if there is none.
    """

    explanations: Explanations
    limits: PageLimits
    clock: Clock
    operator_page: str | None = None


class ReasonEndpoints:
    """Answers browsers; every answer is a page.

    Args:
        services: explain refusals.
        client_addresses: tells where a request comes from.
    """

    def __init__(self, services: ReasonServices, client_addresses: ClientAddresses) -> None:
        self._explanations = services.explanations
        self._limits = services.limits
        self._pages = ReasonPages(services.clock, operator_page=services.operator_page)
        self._client_addresses = client_addresses

    def routes(self) -> list[Route]:
        """Return the routes of the pages."""
        return [Route(f"{PATH}{{reference}}", self.get, name="reason")]

    async def get(self, request: Request) -> Answer:
        """Answer with the page on a refusal; one that is not known and one that expired alike."""
        language = accepted_language(_wanted(request)) or ENGLISH
        try:
            self._limits.view(self._client_addresses.network_of(request.scope))
            reason = await self._explanations.find(_reference(request))
        except BadParameter:
            reason = None
        except RateLimited as error:
            return self._too_many(error, language)
        except StoreUnavailable as error:
            log.warning("the page of a refusal cannot be shown", reason=str(error))
            return self._pages.notice(503, "trouble", language, headers=_retry(_RETRY_SECONDS))
        if reason is None:
            return self._pages.notice(404, "unknown", language)
        return self._pages.reason(reason, _wanted(request))

    def _too_many(self, error: RateLimited, language: str) -> Answer:
        headers = _retry(math.ceil(error.retry_after_ms / 1000))
        return self._pages.notice(429, "too_many", language, headers=headers)


def _reference(request: Request) -> str:
    # Clients that make links of addresses may take what stands behind one for a part of it.
    return path_parameter(request, "reference").strip(" ).,\u2069")


def _wanted(request: Request) -> str:
    return request.headers.get("accept-language", "")


def _retry(seconds: int) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"retry-after", b"%d" % seconds),)
