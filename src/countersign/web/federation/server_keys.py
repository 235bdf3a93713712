"""`GET /_matrix/key/v2/server`: our server key, for servers that verify our signatures."""

from starlette.requests import Request

from countersign.service.signing.published_keys import Publication
from countersign.web.http.answers import Answer


class ServerKeys:
    """Publishes the server key, never the policy key."""

    def __init__(self, publication: Publication) -> None:
        self._publication = publication

    async def get(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with the whole document, also where the path asks for one key of it.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#get_matrixkeyv2server
        """
        return Answer(200, self._publication.server_keys())
