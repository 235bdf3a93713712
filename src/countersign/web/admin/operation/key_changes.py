"""`/_countersign/v1/keys/…`: changes of policy keys, written down in the audit log."""

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.web.admin.declarations.endpoints import post
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters


class KeyRotated(Parameters):
    """Policy key that was made."""

    public_key: str = Field(description="the new one, in base64")
    replaced: str = Field(description="the one that it is to replace")
    is_leaked: bool = Field(default=False, description="others may know that one")


class KeysRetired(Parameters):
    """Policy keys that are to be taken out of use."""

    public_keys: list[str] = Field(description="in base64; 1 to 64")


class RotationJson(JsonAnswer):
    """Entry of the audit log about a new key."""

    after: str
    before: str
    is_leaked: bool


class RetirementJson(JsonAnswer):
    """Entry of the audit log about keys out of use."""

    before: list[str]


class KeyChangeEndpoints(StoredEndpoints):
    """Writes down what became of policy keys."""

    @post("keys/rotated", Command.KEYS_ROTATE, answer=RotationJson)
    async def rotated(self, actor: Actor, params: KeyRotated) -> JsonObject:
        """Record that a new policy key was created; the key itself is a file."""
        return await self._commands.key_changes.rotated(
            actor,
            public_key=params.public_key,
            replaced=params.replaced,
            is_leaked=params.is_leaked,
        )

    @post("keys/retired", Command.KEYS_RETIRE, answer=RetirementJson)
    async def retired(self, actor: Actor, params: KeysRetired) -> JsonObject:
        """Record that policy keys are to be retired, which the settings do."""
        return await self._commands.key_changes.retired(actor, public_keys=params.public_keys)
