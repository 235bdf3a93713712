"""`GET /_matrix/federation/v1/query/profile`: the profile of our user."""

from starlette.requests import Request

from countersign.service.errors import NotFound
from countersign.service.identity import Identity
from countersign.web.federation.authenticated import AuthenticatedRequests
from countersign.web.http.answers import Answer
from countersign.web.http.requests import MissingParameter


class Profile:
    """Answers with our user's display name."""

    def __init__(self, requests: AuthenticatedRequests, identity: Identity) -> None:
        self._requests = requests
        self._identity = identity

    async def get(self, request: Request) -> Answer:
        """Answer with the requested field, or with all.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1queryprofile
        """
        await self._requests.origin_of(request)
        user_id = request.query_params.get("user_id")
        if user_id is None:
            raise MissingParameter("The query must hold a user_id.")
        if user_id != self._identity.user_id:
            raise NotFound("There is no such user on this server.")
        fields = {}
        if self._identity.display_name is not None:
            fields["displayname"] = self._identity.display_name
        field = request.query_params.get("field")
        if field is not None:
            fields = {name: value for name, value in fields.items() if name == field}
        return Answer(200, fields)
