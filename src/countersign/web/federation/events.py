"""`GET /_matrix/federation/v1/event/{eventId}`: an event of our own user."""

from starlette.requests import Request

from countersign.service.errors import NotFound
from countersign.service.leaks.redaction_delivery import RedactionDelivery
from countersign.web.federation.authenticated import AuthenticatedRequests
from countersign.web.http.answers import Answer
from countersign.web.http.requests import path_parameter


class EventEndpoint:
    """Shows our redactions to servers of their rooms; we keep no other events."""

    def __init__(self, requests: AuthenticatedRequests, redactions: RedactionDelivery) -> None:
        self._requests = requests
        self._redactions = redactions

    async def get(self, request: Request) -> Answer:
        """Answer with a transaction that holds the event.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1eventeventid
        """
        origin = await self._requests.origin_of(request)
        found = await self._redactions.find_for(path_parameter(request, "event_id"), origin)
        if found is None:
            raise NotFound("There is no such event here that your server may see.")
        return Answer(200, self._redactions.transaction([found]))
