"""Command on policy tests: runs those of a document, in a process of its own."""

import asyncio
from typing import Final

from countersign.ports.actors import Actor
from countersign.ports.child_processes import ChildFailed, ChildProcesses
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import RateLimited, TryLater
from countersign.service.policies.policy_activation import PolicyActivation

MAX_SECONDS: Final = 60.0
MAX_WAITING: Final = 4
_BUSY_RETRY_MS: Final = 60_000


class PolicyTestCommands(CommandGroup):
    """Runs the tests of documents, one document at a time.

    Args:
        children: start the processes.
        activation: parses documents.
    """

    def __init__(
        self, needs: CommandNeeds, children: ChildProcesses, activation: PolicyActivation
    ) -> None:
        super().__init__(needs)
        self._children = children
        self._activation = activation
        self._alone = asyncio.Lock()
        self._waiting = 0

    async def run(self, actor: Actor, document: str, *, community: object = None) -> JsonObject:
        """Run the tests in a document; nothing is changed.

        Args:
            actor: the actor.
            document: the text of the document.
            community: the community that it is for; see `Permissions.community`.

        Returns:
            `community`, `revision`, `tests` and `failed` (counts), and `results`: for each test its
            `name`, `line`, `is_passed`, and if it failed `event` and `because`.

        Raises:
            PolicyInvalid: the document has mistakes.
            RateLimited: too many requests wait.
            TryLater: the tests cannot be run, or take too long.
        """
        target = self._permissions.community(actor, Command.POLICY_TEST, community)
        policy = await in_thread(self._activation.parse, document.encode())
        if self._waiting >= MAX_WAITING:
            raise RateLimited(
                _BUSY_RETRY_MS, "Too many tests are under way. Try again in a minute."
            )
        self._waiting += 1
        try:
            async with self._alone:
                results = await self._run(document) if policy.tests else []
        finally:
            self._waiting -= 1
        return {
            "community": target.name,
            "revision": policy.revision,
            "tests": len(results),
            "failed": sum(not each["is_passed"] for each in results),
            "results": results,
        }

    async def _run(self, document: str) -> list[JsonObject]:
        try:
            child = await self._children.start({"work": "tests", "document": document})
            try:
                async with asyncio.timeout(MAX_SECONDS):
                    output = [line async for line in child.read_output()]
            finally:
                await child.end()
        except TimeoutError:
            raise TryLater(
                f"The tests take longer than {MAX_SECONDS:.0f} seconds. Run them where the "
                "settings are: countersign policy test FILE"
            ) from None
        except ChildFailed as error:
            raise TryLater(f"The tests cannot be run: {error}") from error
        if not output or "results" not in output[-1]:
            trouble = output[-1].get("trouble") if output else "the process wrote nothing."
            raise TryLater(f"The tests cannot be run: {trouble}")
        results: list[JsonObject] = output[-1]["results"]
        return results
