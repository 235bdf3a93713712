"""Application with JSON responses only, errors included."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from starlette.routing import BaseRoute, Route, Router
from starlette.types import Message, Receive, Scope, Send

from countersign.web.errors import ErrorAnswers
from countersign.web.http.exchange import PlainEndpoint


class JsonApp:
    """Routes requests, and answers the errors of endpoints.

    Args:
        errors: answers what endpoints raise.
        routes: the endpoints; paths are matched as they were sent, percent-encoding and all.
        plain: endpoints that stand ahead of them, by exact path; they answer their own errors.
        check_access: raises if a request may not see any of `routes`; what it returns is in the
            scope as `principal`.
        budget_seconds: how long one of `routes` may take; None for as long as it likes.
        on_answer: told the name of the route, None if there was none, and the status.
    """

    def __init__(
        self,
        errors: ErrorAnswers,
        *,
        routes: Sequence[BaseRoute],
        plain: Mapping[bytes, PlainEndpoint] | None = None,
        check_access: Callable[[Scope], object] | None = None,
        budget_seconds: float | None = None,
        on_answer: Callable[[str | None, int], None] | None = None,
    ) -> None:
        self._errors = errors
        self._router = Router(routes, redirect_slashes=False)
        self._plain = dict(plain or {})
        self.find_plain = self._plain.get
        self._check_access = check_access
        self._budget_seconds = budget_seconds
        self._on_answer = on_answer
        self._names: dict[object, str] = {
            route.endpoint: route.name for route in routes if isinstance(route, Route)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        endpoint = self._plain.get(scope["raw_path"])
        if endpoint is not None:
            answer = await endpoint(scope, receive)
            await answer(scope, receive, send)
            return
        # Matched before decoding, since an encoded slash belongs to an identifier.
        scope["path"] = scope["raw_path"].decode("ascii")
        scope["app"] = self
        if self._on_answer is not None:
            send = self._telling(self._on_answer, scope, send)
        try:
            if self._check_access is not None:
                scope["principal"] = self._check_access(scope)
            async with asyncio.timeout(self._budget_seconds):
                await self._router(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the one place around a request
            await self._errors.answer(error, scope)(scope, receive, send)

    def _telling(
        self, on_answer: Callable[[str | None, int], None], scope: Scope, send: Send
    ) -> Send:
        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The router notes the endpoint that it found.
                on_answer(self._names.get(scope.get("endpoint")), message["status"])
            await send(message)

        return tell
