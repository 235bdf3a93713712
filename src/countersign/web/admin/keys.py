"""`GET /_countersign/v1/keys`: the policy keys that the running server signs with, and where."""

from starlette.requests import Request

from countersign.service.identity import Identity
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.signing.policy_keys import policy_key_uses
from countersign.web.http.answers import Answer


class KeysEndpoint:
    """Tells which rooms list which of our policy keys."""

    def __init__(self, identity: Identity, rooms: Rooms) -> None:
        self._identity = identity
        self._rooms = rooms

    async def get(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with each policy key, the current one first."""
        return Answer(
            200,
            {
                "policy_keys": [
                    {
                        "public_key": use.public_key,
                        "standing": use.standing.value,
                        "rooms": list(use.rooms),
                    }
                    for use in policy_key_uses(self._identity, self._rooms.all())
                ]
            },
        )
