"""`POST /_matrix/policy/v1/sign`, and the unstable endpoint from before it was specified.

Every event of every protected room comes through here, often many times, so there is no router and
no request object. docs/life-of-a-request.md describes the whole path.
"""

import asyncio
from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any, Final

from starlette.types import Receive, Scope

from countersign.basics.first_steps import close_unfinished, continue_in_task
from countersign.policy.languages.tags import ENGLISH
from countersign.protocol.canonical_json import JsonObject
from countersign.service.signing.sign_event import RequestSubject, SignEvent
from countersign.web.errors import ErrorAnswers, find_row
from countersign.web.federation.deadlines import Deadlines
from countersign.web.http.admission import Admission
from countersign.web.http.answers import Answer
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.http.requests import MethodNotAllowed, read_body, read_head
from countersign.web.metrics import RequestMetrics

MAX_BODY_BYTES: Final = 400 * 1024
"""An event may be 64 KiB, with whatever `unsigned` holds and in whatever spelling beside that."""

BUDGET_SECONDS: Final = 4.0
"""Some homeservers wait for five."""


class Sign:
    """Call the service, and send its answer.

    Args:
        sign_event: the service.
        admission: limits what is let in.
        errors: make answers of errors.
        metrics: count.
        client_addresses: tell where a request comes from.
        budget_seconds: the longest that a request may take.
        language_of: the language that the people of a room read, for errors; of None, the usual.
    """

    def __init__(
        self,
        sign_event: SignEvent,
        admission: Admission,
        errors: ErrorAnswers,
        metrics: RequestMetrics,
        *,
        client_addresses: ClientAddresses,
        budget_seconds: float = BUDGET_SECONDS,
        language_of: Callable[[str | None], str] = lambda _: ENGLISH,
    ) -> None:
        self._sign_event = sign_event
        self._admission = admission
        self._errors = errors
        self._metrics = metrics
        self._client_addresses = client_addresses
        self._budget_seconds = budget_seconds
        self._deadlines = Deadlines(budget_seconds)
        self._language_of = language_of

    async def stable(self, scope: Scope, receive: Receive) -> Answer:
        """Answer a request by the specification.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#post_matrixpolicyv1sign
        """
        began = perf_counter()
        subject = RequestSubject()
        try:
            answer = Answer(200, await self._sign(scope, receive, subject))
        except Exception as error:  # noqa: BLE001 - the one place around a request
            answer = self._answer(error, scope, subject)
        self._metrics.count_sign("sign", answer.status, began)
        return answer

    async def unstable(self, scope: Scope, receive: Receive) -> Answer:
        """Answer a request to the unstable endpoint: a refusal is 200 without a signature."""
        began = perf_counter()
        subject = RequestSubject()
        try:
            answer = Answer(200, await self._sign(scope, receive, subject))
        except Exception as error:  # noqa: BLE001 - the one place around a request
            is_refusal = _is_refusal(error)
            answer = Answer(200, {}) if is_refusal else self._answer(error, scope, subject)
        self._metrics.count_sign("sign_unstable", answer.status, began)
        return answer

    def _answer(self, error: Exception, scope: Scope, subject: RequestSubject) -> Answer:
        return self._errors.answer(error, scope, self._language_of(subject.room_id))

    async def _sign(self, scope: Scope, receive: Receive, subject: RequestSubject) -> JsonObject:
        if scope["method"] != "POST":
            raise MethodNotAllowed("POST")
        client = self._client_addresses.client_of(scope)
        self._admission.charge_client(client)
        head = read_head(scope)
        credentials = self._sign_event.check_authorization(head.authorization)
        charge_body = self._admission.body_charge_of(client, head.content_length)
        body = await read_body(receive, head, MAX_BODY_BYTES, charge_body)
        signing = self._sign_event.sign(
            credentials=credentials,
            method="POST",
            target=head.target,
            body=body,
            client=client,
            subject=subject,
        )
        try:
            waits_for = signing.send(None)
        except StopIteration as done:  # it did not have to wait
            signature: JsonObject = done.value
            return signature
        return await self._in_time(signing, waits_for)

    async def _in_time(
        self, signing: Coroutine[Any, Any, JsonObject], waits_for: Any
    ) -> JsonObject:
        deadline = asyncio.get_running_loop().time() + self._budget_seconds
        waited = await self._deadlines.run_short_waits(signing, waits_for, deadline)
        if waited.is_done:
            signature: JsonObject = waited.value
            return signature
        try:
            await asyncio.sleep(0)  # `asyncio.timeout` needs a task, which exists from here on
        except BaseException:
            close_unfinished(signing, waited.value)
            raise
        async with asyncio.timeout_at(deadline):
            return await continue_in_task(signing, waited.value)


def _is_refusal(error: Exception) -> bool:
    row = find_row(type(error))
    return row is not None and (row.status, row.errcode) == (400, "M_FORBIDDEN")
