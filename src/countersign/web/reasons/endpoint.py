"""`/r/REFERENCE`: the reason of a refusal, and the form for an appeal.

The form needs no token against forgery: cookies and passwords are ignored, so a foreign page cannot
act in a visitor's name.
"""

import math
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.routing import Route

from countersign.policy.languages.accepted import accepted_language
from countersign.policy.languages.tags import ENGLISH
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.review.appeals import AppealAdded
from countersign.service.errors import RateLimited
from countersign.service.reasons.appealing import MAX_TEXT_CHARS, Appealing, cleaned_text
from countersign.service.reasons.explanations import Explanation, Explanations
from countersign.service.reasons.page_limits import PageLimits
from countersign.web.http.answers import Answer
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.http.requests import (
    BadParameter,
    RequestError,
    path_parameter,
    read_body,
    read_head,
)
from countersign.web.pages.answers import see_other
from countersign.web.reasons.pages import ReasonPages

PATH: Final = "/r/"
"""Beginning of the path, before the reference."""
MAX_FORM_BYTES: Final = 16 * 1024
"""The longest text, every byte of it percent-encoded, and a little more."""
_RETRY_SECONDS: Final = 60
_FULL_RETRY_SECONDS: Final = 86_400
_FORM: Final = "application/x-www-form-urlencoded"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonServices:
    """Services behind the pages on refusals.

    Attributes:
        explanations: the explanations of refusals.
        appealing: takes appeals; None if none are taken.
        limits: on views and appeals.
        operator_page: the operator's support page; None if there is none.
    """

    explanations: Explanations
    appealing: Appealing | None
    limits: PageLimits
    clock: Clock
    operator_page: str | None = None


class ReasonEndpoints:
    """Serves the pages on refusals.

    Args:
        services: explain refusals.
        client_addresses: tells where a request comes from.
    """

    def __init__(self, services: ReasonServices, client_addresses: ClientAddresses) -> None:
        self._explanations = services.explanations
        self._appealing = services.appealing
        self._limits = services.limits
        self._pages = ReasonPages(services.clock, operator_page=services.operator_page)
        self._client_addresses = client_addresses

    def routes(self) -> list[Route]:
        """Return the routes of the pages."""
        path = f"{PATH}{{reference}}"
        return [Route(path, self.answer, methods=["GET", "HEAD", "POST"], name="reason")]

    async def answer(self, request: Request) -> Answer:
        """Answer with the page on a refusal; unknown and expired references look alike."""
        language = accepted_language(_requested_language(request)) or ENGLISH
        try:
            if request.method == "POST":
                return await self._take_appeal(request, language)
            return await self._show(request, language)
        except RateLimited as error:
            headers = _retry(math.ceil(error.retry_after_ms / 1000))
            return await self._pages.notice(429, "too_many", language, headers=headers)
        except StoreUnavailable as error:
            log.warning("the page of a refusal cannot be shown", reason=str(error))
            return await self._pages.notice(
                503, "trouble", language, headers=_retry(_RETRY_SECONDS)
            )
        except RequestError:
            return await self._pages.notice(400, "not_sent", language)

    async def _show(self, request: Request, language: str) -> Answer:
        self._limits.view(self._client_addresses.network_of(request.scope))
        reason = await self._find(request)
        if reason is None:
            return await self._pages.notice(404, "unknown", language)
        appealing = self._appealing
        appeal = None if appealing is None else await appealing.find(reason)
        return await self._pages.reason(
            reason, _requested_language(request), appeal=appeal, may_appeal=appealing is not None
        )

    async def _take_appeal(self, request: Request, language: str) -> Answer:
        self._limits.appeal(self._client_addresses.network_of(request.scope))
        text = cleaned_text(await _read_text(request))
        if len(text) > MAX_TEXT_CHARS:
            return await self._pages.notice(400, "too_long", language, count=str(MAX_TEXT_CHARS))
        reason = await self._find(request)
        if reason is None or self._appealing is None:
            return await self._pages.notice(404, "unknown", language)
        added = await self._appealing.make(reason, text, language)
        if added is AppealAdded.FULL:
            headers = _retry(_FULL_RETRY_SECONDS)
            return await self._pages.notice(429, "full", language, headers=headers)
        return see_other(f"{PATH}{reason.recorded.reference}")

    async def _find(self, request: Request) -> Explanation | None:
        try:
            reference = path_parameter(request, "reference")
        except BadParameter:
            return None
        # Clients that make links of addresses may take what stands behind one for a part of it.
        return await self._explanations.find(reference.strip(" ).,\u2069"))


async def _read_text(request: Request) -> str:
    """Return the text of the form.

    Raises:
        RequestError: it was not sent as our page has it sent.
    """
    if _is_of_another_site(request):
        raise BadParameter("The form was not sent from a page of ours.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise BadParameter("The body is no form.")
    body = await read_body(request.receive, read_head(request.scope), MAX_FORM_BYTES)
    try:
        fields = parse_qs(body.decode("ascii"), errors="strict", max_num_fields=4)
    except ValueError:  # no ASCII, no UTF-8, or too many fields
        raise BadParameter("The form cannot be read.") from None
    return fields.get("text", [""])[0]


def _is_of_another_site(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return False
    # Not parsed: strangers write it, and half an IPv6 address is an error.
    return origin.partition("://")[2] != request.headers.get("host")


def _requested_language(request: Request) -> str:
    return request.headers.get("accept-language", "")


def _retry(seconds: int) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"retry-after", b"%d" % seconds),)
