"""`GET /_matrix/federation/v1/event/{eventId}`: an event of our own user."""

from starlette.requests import Request

from countersign.service.errors import NotFound
from countersign.service.own_events.delivery import OwnEventDelivery
from countersign.web.federation.authenticated import AuthenticatedRequests
from countersign.web.http.answers import Answer
from countersign.web.http.requests import path_parameter


class EventEndpoint:
    """Serves our user's events to servers of their rooms; no other events are stored."""

    def __init__(self, requests: AuthenticatedRequests, delivery: OwnEventDelivery) -> None:
        self._requests = requests
        self._delivery = delivery

    async def get(self, request: Request) -> Answer:
        """Answer with a transaction that contains the event.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1eventeventid
        """
        origin = await self._requests.origin_of(request)
        event = await self._delivery.find_for(path_parameter(request, "event_id"), origin)
        if event is None:
            raise NotFound("There is no such event here that your server may see.")
        return Answer(200, self._delivery.transaction([event]))
