"""`/_countersign/v1/policy`: which policies are in force, and putting others in force."""

from collections.abc import Coroutine
from typing import Any, Final

from starlette.requests import Request

from countersign.policy.document.documents import MAX_DOCUMENT_BYTES
from countersign.policy.policies.policy_documents import PolicyInvalid
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson, CountersignError, NotJson, ProtocolError
from countersign.service.commands.operation.policies import PolicyCommands
from countersign.service.errors import ServiceError
from countersign.web.admin.access import actor_of
from countersign.web.admin.requests import AdminRequests, get_field
from countersign.web.http.answers import Answer, error_answer

MAX_BODY_BYTES: Final = 6 * MAX_DOCUMENT_BYTES + 64 * 1024
"""In JSON, a byte of a document takes six bytes at most."""


class PolicyEndpoint:
    """Shows and changes which policies are in force; a bad one changes nothing."""

    def __init__(self, policies: PolicyCommands, requests: AdminRequests) -> None:
        self._policies = policies
        self._requests = requests

    async def get(self, request: Request) -> Answer:
        """Answer with every community and the revision of its policy in force."""
        return Answer(200, await self._policies.status(actor_of(request)))

    async def reload(self, request: Request) -> Answer:
        """Answer with the revision in force, or with everything that is wrong."""
        actor = actor_of(request)
        try:
            body = await self._requests.read(request, max_bytes=MAX_BODY_BYTES)
        except (NotJson, BadJson):
            body = {}  # earlier versions took no body and looked at none
        return await _answer(self._policies.reload(actor, body))

    async def activate(self, request: Request) -> Answer:
        """Put a document in force; answer with its revision, or with everything that is wrong."""
        actor = actor_of(request)
        body = await self._requests.read(request, max_bytes=MAX_BODY_BYTES)
        document = get_field(body, "document", str).encode()
        return await _answer(self._policies.activate(actor, document, body))

    async def roll_back(self, request: Request) -> Answer:
        """Put an earlier policy in force; answer with its revision."""
        actor = actor_of(request)
        body = await self._requests.read(request)
        return await _answer(self._policies.roll_back(actor, body))


async def _answer(changing: Coroutine[Any, Any, JsonObject]) -> Answer:
    try:
        return Answer(200, await changing)
    except PolicyInvalid as error:
        mistakes = [str(mistake) for mistake in error.mistakes]
        return error_answer(400, "M_BAD_JSON", str(error), fields={"mistakes": mistakes})
    except (ServiceError, ProtocolError):
        raise
    except CountersignError as error:
        # The file cannot be read. The operator is told what a stranger would not be.
        return error_answer(503, "M_UNKNOWN", str(error))
