"""Commands that record changes of policy keys, which are files."""

from collections.abc import Sequence
from typing import Final

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup
from countersign.service.commands.actors.permissions import Command

MAX_KEYS: Final = 64
MAX_KEY_CHARS: Final = 100


class KeyChangeCommands(CommandGroup):
    """Records in the audit log that policy keys were created or retired.

    Keys are files, and the settings name those in use; the command line that changes them reports
    it here.
    """

    async def rotated(
        self, actor: Actor, *, public_key: str, replaced: str, is_leaked: bool
    ) -> JsonObject:
        """Record that a new policy key was created.

        Args:
            actor: the actor who created it.
            public_key: the new public key, in base64.
            replaced: the public key that it replaces.
            is_leaked: others may know the secret of the replaced key.

        Raises:
            BadJson: an argument is no key.
        """
        self._permissions.require(actor, Command.KEYS_ROTATE)
        _check([public_key, replaced])
        details = {"after": public_key, "before": replaced, "is_leaked": is_leaked}
        async with self._audit.change(
            actor, Command.KEYS_ROTATE, subject=public_key, details=details
        ):
            return details

    async def retired(self, actor: Actor, *, public_keys: Sequence[str]) -> JsonObject:
        """Record that policy keys are to be retired.

        Raises:
            BadJson: an item is no key, or there are too many.
        """
        self._permissions.require(actor, Command.KEYS_RETIRE)
        _check(public_keys)
        details = {"before": list(public_keys)}
        async with self._audit.change(
            actor, Command.KEYS_RETIRE, subject=public_keys[0], details=details
        ):
            return details


def _check(public_keys: Sequence[str]) -> None:
    if not 0 < len(public_keys) <= MAX_KEYS:
        raise BadJson(f"Name 1 to {MAX_KEYS} keys.")
    if any(not 0 < len(each) <= MAX_KEY_CHARS for each in public_keys):
        raise BadJson(f"A public key is base64 of at most {MAX_KEY_CHARS} characters.")
