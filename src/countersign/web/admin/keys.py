"""`GET /_countersign/v1/keys`: the policy keys that the running server signs with, and where."""

from starlette.requests import Request

from countersign.service.commands.operation.keys import KeyCommands
from countersign.web.admin.access import actor_of
from countersign.web.http.answers import Answer


class KeysEndpoint:
    """Tells which rooms list which of our policy keys."""

    def __init__(self, keys: KeyCommands) -> None:
        self._keys = keys

    async def get(self, request: Request) -> Answer:
        """Answer with each policy key, the current one first."""
        return Answer(200, {"policy_keys": self._keys.show(actor_of(request))})
