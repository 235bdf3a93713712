"""`PUT /_matrix/federation/v{1,2}/invite/{roomId}/{eventId}`: invitations of our user."""

from typing import Final

from starlette.requests import Request

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.rooms.invites import Invites
from countersign.web.federation.authenticated import AuthenticatedRequests
from countersign.web.http.answers import Answer
from countersign.web.http.requests import path_parameter

MAX_BODY_BYTES: Final = 1024 * 1024
"""An event, and the room's state in full events, of which there are a handful."""


class InviteEndpoint:
    """Receives invitations; the two versions differ only in the format of the answer."""

    def __init__(self, requests: AuthenticatedRequests, invites: Invites) -> None:
        self._requests = requests
        self._invites = invites

    async def put_v1(self, request: Request) -> Answer:
        """Answer with the signed event, for rooms of version 1 and 2.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#put_matrixfederationv1inviteroomideventid
        """
        origin, event = await self._requests.read(request, MAX_BODY_BYTES)
        unsigned = event.get("unsigned")
        room_state = unsigned.get("invite_room_state") if isinstance(unsigned, dict) else None
        signed = await self._accept(request, origin, event, None, room_state)
        return Answer(200, [200, {"event": signed}])

    async def put_v2(self, request: Request) -> Answer:
        """Answer with the signed event.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#put_matrixfederationv2inviteroomideventid
        """
        origin, body = await self._requests.read(request, MAX_BODY_BYTES)
        event, version = body.get("event"), body.get("room_version")
        if not isinstance(event, dict):
            raise BadJson("An invitation needs an event.")
        if not isinstance(version, str):
            raise BadJson("An invitation needs a room_version.")
        room_state = body.get("invite_room_state")
        signed = await self._accept(request, origin, event, version, room_state)
        return Answer(200, {"event": signed})

    async def _accept(
        self,
        request: Request,
        origin: str,
        event: JsonObject,
        room_version: str | None,
        room_state: object,
    ) -> JsonObject:
        return await self._invites.accept(
            room_id=path_parameter(request, "room_id"),
            event_id=path_parameter(request, "event_id"),
            room_version=room_version,
            event=event,
            room_state=room_state if isinstance(room_state, list) else [],
            origin=origin,
        )
