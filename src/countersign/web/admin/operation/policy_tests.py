"""`/_countersign/v1/policy/test`: the tests of a policy document."""

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound, RateLimited, TryLater
from countersign.web.admin.declarations.endpoints import post
from countersign.web.admin.declarations.fields import Community
from countersign.web.admin.declarations.groups import RunningEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.operation.policies import MAX_BODY_BYTES


class TestPolicy(Parameters):
    """Document whose tests to run."""

    document: str = Field(description="as it was written: YAML or JSON")
    community: Community = None


class CaseJson(JsonAnswer):
    """Result of one test."""

    name: str
    line: int = Field(description="in the document")
    is_passed: bool
    event: int | None = Field(description="the number of the event that went wrong")
    because: str | None


class PolicyTestsJson(JsonAnswer):
    """Results of the tests of a document."""

    community: str
    revision: str
    tests: int
    failed: int
    results: list[CaseJson]


class PolicyTestEndpoints(RunningEndpoints):
    """Runs tests of documents."""

    @post(
        "policy/test",
        Command.POLICY_TEST,
        answer=PolicyTestsJson,
        raises=(NotFound, RateLimited, TryLater),
        max_body_bytes=MAX_BODY_BYTES,
    )
    async def run(self, actor: Actor, params: TestPolicy) -> JsonObject:
        """Run the tests in a document; nothing is changed.

        They run in a process of their own, for a minute at most. 400 with `mistakes` if the
        document holds some; 503 if they cannot be run or take longer.
        """
        return await self._commands.policy_tests.run(
            actor, params.document, community=params.community
        )
