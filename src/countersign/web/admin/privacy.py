"""`/_countersign/v1/privacy`: what is known of a person, and their erasure."""

from starlette.requests import Request

from countersign.service.commands.operation.privacy import PrivacyCommands
from countersign.web.admin.access import actor_of
from countersign.web.admin.requests import AdminRequests, get_field
from countersign.web.http.answers import Answer


class PrivacyEndpoints:
    """Export and erasure."""

    def __init__(self, privacy: PrivacyCommands, requests: AdminRequests) -> None:
        self._privacy = privacy
        self._requests = requests

    async def export(self, request: Request) -> Answer:
        """Answer with everything that is about a user or names them."""
        body = await self._requests.read(request)
        user_id = get_field(body, "user_id", str)
        return Answer(200, await self._privacy.export(actor_of(request), user_id=user_id))

    async def erase(self, request: Request) -> Answer:
        """Erase a user, and answer with what was deleted and what stays."""
        body = await self._requests.read(request)
        erased = await self._privacy.erase(
            actor_of(request),
            user_id=get_field(body, "user_id", str),
            with_given=body.get("with_given", False),
        )
        return Answer(200, erased)
