"""`GET /_countersign/v1/keys`: the policy keys that the running server signs with, and where."""

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.signing.policy_keys import KeyStanding
from countersign.web.admin.declarations.endpoints import get
from countersign.web.admin.declarations.groups import RunningEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Nothing


class KeyJson(JsonAnswer):
    """Policy key."""

    public_key: str
    standing: KeyStanding = Field(
        description="`current`, `former` or `leaked`: [operate.md](operate.md#a-new-policy-key)"
    )
    rooms: list[str] = Field(description="the rooms that list it")


class KeysJson(JsonAnswer):
    """Policy keys, the current one first."""

    policy_keys: list[KeyJson]


class KeyEndpoints(RunningEndpoints):
    """Lists our policy keys, and the rooms that list each."""

    @get("keys", Command.KEYS_SHOW, answer=KeysJson)
    async def show(self, actor: Actor, _: Nothing) -> JsonObject:
        """Show the policy keys that the running server signs with, and the rooms that list each."""
        return {"policy_keys": self._commands.keys.show(actor)}
