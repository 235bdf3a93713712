"""`GET /_matrix/federation/v1/user/devices/{userId}`: our user has no devices."""

from starlette.requests import Request

from countersign.service.errors import NotFound
from countersign.service.identity import Identity
from countersign.web.federation.authenticated import AuthenticatedRequests
from countersign.web.http.answers import Answer
from countersign.web.http.requests import path_parameter


class UserDevices:
    """Answers that our user has no devices, so nothing can be encrypted for it."""

    def __init__(self, requests: AuthenticatedRequests, identity: Identity) -> None:
        self._requests = requests
        self._identity = identity

    async def get(self, request: Request) -> Answer:
        """Answer with an empty list, which never changes.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1userdevicesuserid
        """
        await self._requests.origin_of(request)
        user_id = path_parameter(request, "user_id")
        if user_id != self._identity.user_id:
            raise NotFound("There is no such user on this server.")
        return Answer(200, {"user_id": user_id, "stream_id": 1, "devices": []})
