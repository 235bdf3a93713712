"""`/_countersign/v1/policy/…`: policy documents in force and before, checked and compared."""

from typing import Annotated, Final, Literal

from pydantic import Field

from countersign.policy.document.documents import MAX_DOCUMENT_BYTES
from countersign.policy.findings import Mode
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.operation.policies import MAX_NOTE_CHARS
from countersign.service.errors import NotFound, WaitsForConfirmation
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import Community, Moment
from countersign.web.admin.declarations.groups import RunningEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.declarations.paging import PageJson, PageParameters, page_of

MAX_BODY_BYTES: Final = 6 * MAX_DOCUMENT_BYTES + 64 * 1024
"""In JSON, a byte of a document takes six bytes at most."""

Words = Annotated[str, Field(max_length=MAX_NOTE_CHARS)]


class PolicyParameters(Parameters):
    """Request for a policy."""

    community: Community = None
    revision: Words = Field(
        default="", description="a revision or its beginning; the one in force if left out"
    )


class HistoryParameters(PageParameters):
    """Request for the history of a community's policies."""

    community: Community = None


class ComparePolicy(Parameters):
    """Document that is to be checked."""

    document: str = Field(description="as it was written: YAML or JSON")
    community: Community = None


class SetMode(Parameters):
    """New mode of a step."""

    step: Words = Field(description="its label, as `decisions stats` shows it")
    mode: Annotated[Mode, Field(strict=False)]
    community: Community = None
    note: Words = Field(default="", description="why, for the history")


class PolicyStepJson(JsonAnswer):
    """Step of a policy."""

    label: str
    filter: str
    mode: Literal["off", "shadow", "warn", "enforce"]
    weight: int | None = Field(description="the most that it adds; null if it decides alone")


class DocumentJson(JsonAnswer):
    """Policy as it was written."""

    community: str
    revision: str
    document: str
    is_in_force: bool
    actor: str | None = Field(description="on whose command it is in force; empty if on nobody's")
    ts: Moment | None
    note: str | None
    steps: list[PolicyStepJson] = Field(description="of the one in force; else empty")


class PolicyChangeJson(JsonAnswer):
    """Policy that came into force."""

    ts: Moment
    revision: str
    what: str
    actor: str | None
    note: str
    is_in_force: bool


class HistoryJson(PageJson):
    """Policies that were in force, the newest first."""

    community: str
    changes: list[PolicyChangeJson]


class DifferenceJson(JsonAnswer):
    """Step or section that is otherwise than in force."""

    kind: Literal["added", "removed", "changed", "moved"]
    name: str
    details: list[str] = Field(description="each option: what it is in force, and would be")


class ComparisonJson(JsonAnswer):
    """Check of a document."""

    community: str
    revision: str | None = Field(description="null if it holds mistakes")
    mistakes: list[str]
    warnings: list[str]
    differences: list[DifferenceJson]


class NewRevisionJson(JsonAnswer):
    """Revision in force."""

    revision: str


class PolicyDocumentEndpoints(RunningEndpoints):
    """Shows policy documents and their history, and checks others."""

    @get("policy/show", Command.POLICY_SHOW, answer=DocumentJson, raises=(NotFound,))
    async def show(self, actor: Actor, params: PolicyParameters) -> JsonObject:
        """Show a policy as it was written: the one in force, or an earlier one."""
        return await self._commands.policy_documents.show(
            actor, community=params.community, revision=params.revision or None
        )

    @get("policy/history", Command.POLICY_LIST, answer=HistoryJson, raises=(NotFound,))
    async def history(self, actor: Actor, params: HistoryParameters) -> JsonObject:
        """List the policies that were in force, the newest first, 200 at most."""
        history = await self._commands.policy_documents.history(actor, community=params.community)
        return page_of(history, "changes", params, "ts", "revision")

    @post(
        "policy/compare",
        Command.POLICY_COMPARE,
        answer=ComparisonJson,
        raises=(NotFound,),
        max_body_bytes=MAX_BODY_BYTES,
    )
    async def compare(self, actor: Actor, params: ComparePolicy) -> JsonObject:
        """Check a document, and compare it with the policy in force; nothing is changed."""
        return await self._commands.policy_documents.compare(
            actor, params.document, community=params.community
        )

    @post(
        "policy/mode",
        Command.POLICY_ACTIVATE,
        answer=NewRevisionJson,
        raises=(NotFound, WaitsForConfirmation),
    )
    async def set_mode(self, actor: Actor, params: SetMode) -> JsonObject:
        """Change the mode of a step in the document, and activate it.

        400 if the document must be changed by hand.
        """
        return await self._commands.policy_documents.set_mode(
            actor,
            step=params.step,
            mode=params.mode.value,
            community=params.community,
            note=params.note,
        )
