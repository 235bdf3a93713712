"""Endpoints about our own user: its profile, and its devices, of which it has none."""

from starlette.requests import Request

from countersign.service.errors import NotFound
from countersign.service.identity import Identity
from countersign.web.federation.authenticated import AuthenticatedRequests
from countersign.web.http.answers import Answer
from countersign.web.http.requests import MissingParameter, path_parameter


class OwnUser:
    """Answers other servers' requests about our user."""

    def __init__(self, requests: AuthenticatedRequests, identity: Identity) -> None:
        self._requests = requests
        self._identity = identity

    async def profile(self, request: Request) -> Answer:
        """Answer `GET /_matrix/federation/v1/query/profile` with one field, or with all.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1queryprofile
        """
        await self._requests.origin_of(request)
        user_id = request.query_params.get("user_id")
        if user_id is None:
            raise MissingParameter("The query must hold a user_id.")
        self._require_own(user_id)
        fields = {}
        if self._identity.display_name is not None:
            fields["displayname"] = self._identity.display_name
        field = request.query_params.get("field")
        if field is not None:
            fields = {name: value for name, value in fields.items() if name == field}
        return Answer(200, fields)

    async def devices(self, request: Request) -> Answer:
        """Answer `GET /_matrix/federation/v1/user/devices/{userId}` with an empty list.

        The list never changes, so nothing can be encrypted for our user.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1userdevicesuserid
        """
        await self._requests.origin_of(request)
        user_id = path_parameter(request, "user_id")
        self._require_own(user_id)
        return Answer(200, {"user_id": user_id, "stream_id": 1, "devices": []})

    def _require_own(self, user_id: str) -> None:
        if user_id != self._identity.user_id:
            raise NotFound("There is no such user on this server.")
