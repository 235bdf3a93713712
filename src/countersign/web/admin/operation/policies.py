"""`/_countersign/v1/policy`: which policies are in force, and putting others in force."""

from collections.abc import Coroutine
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from countersign.policy.document.documents import MAX_DOCUMENT_BYTES
from countersign.policy.policies.policy_documents import PolicyInvalid
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import CountersignError, ProtocolError
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.operation.policies import MAX_NOTE_CHARS
from countersign.service.errors import NotFound, ServiceError, WaitsForConfirmation
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import Community, CommunityName
from countersign.web.admin.declarations.groups import RunningEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Nothing, Parameters
from countersign.web.errors import ShownToOperator

MAX_BODY_BYTES: Final = 6 * MAX_DOCUMENT_BYTES + 64 * 1024
"""In JSON, a byte of a document takes six bytes at most."""

Words = Annotated[str, Field(max_length=MAX_NOTE_CHARS)]
By = Annotated[Words, Field(description="for the history; the operator's to say")]
Note = Annotated[Words, Field(description="why, for the history")]


class Reloaded(Parameters):
    """Change of a file, for the history."""

    community: CommunityName | None = Field(
        default=None, description="whose file was changed; the default one's if left out"
    )
    what: Literal["activated", "rolled back"] | None = Field(
        default=None, description="what was done to the file; needed with the others"
    )
    by: By = ""
    note: Note = ""
    found: str | None = Field(default=None, description="what the file held before")


class ActivatePolicy(Parameters):
    """Document to put in force."""

    document: str = Field(description="as it was written: YAML or JSON")
    community: Community = None
    by: By = ""
    note: Note = ""


class RollBackPolicy(Parameters):
    """Earlier policy to put in force again."""

    community: Community = None
    to: Words = Field(
        default="", description="a revision or its beginning; the one before if left out"
    )
    by: By = ""
    note: Note = ""


class PolicyJson(JsonAnswer):
    """Policy in force."""

    name: str = Field(description="of the community")
    revision: str
    file_revision: str | None = Field(
        description="what the community's file held when the policy came into force; null if "
        "there was none. A file with that revision does not wait"
    )


class PoliciesJson(JsonAnswer):
    """Policies in force, the default first."""

    communities: list[PolicyJson]
    source: Literal["files", "database"] = Field(description="the setting `policies: {source}`")
    trouble: str | None = Field(description="why they are not those in the files; null if they are")


class RevisionJson(JsonAnswer):
    """Revision in force."""

    revision: str


class PolicyEndpoints(RunningEndpoints):
    """Shows and changes which policies are in force; a bad one changes nothing."""

    @get("policy", Command.POLICY_STATUS, answer=PoliciesJson)
    async def status(self, actor: Actor, _: Nothing) -> JsonObject:
        """Show which policies are in force, the default first."""
        return await self._commands.policies.status(actor)

    @post(
        "policy/reload",
        Command.POLICY_RELOAD,
        answer=RevisionJson,
        max_body_bytes=MAX_BODY_BYTES,
        needs_body=False,
    )
    async def reload(self, actor: Actor, params: Reloaded) -> JsonObject:
        """Activate every policy file that differs from the policy in force.

        If one has mistakes, 400 with all of them in `mistakes` (and in `error`), and the policies
        in force stay. The body is optional; it can name the changed file and its author for the
        history.
        """
        return await _with_reason(self._commands.policies.reload(actor, params.given()))

    @post(
        "policy/activate",
        Command.POLICY_ACTIVATE,
        answer=RevisionJson,
        raises=(NotFound, WaitsForConfirmation),
        max_body_bytes=MAX_BODY_BYTES,
    )
    async def activate(self, actor: Actor, params: ActivatePolicy) -> JsonObject:
        """Check a document, and activate it.

        400 with `mistakes` as above. Only operators can set `by`; for others the history has the
        names of their tokens. If policies come from files, only an operator may activate one, and
        the server writes the community's file. A document for other rooms than the policy in force
        needs an operator too: 403.
        """
        fields = params.given()
        document = fields.pop("document").encode()
        return await _with_reason(self._commands.policies.activate(actor, document, fields))

    @post(
        "policy/rollback",
        Command.POLICY_ROLLBACK,
        answer=RevisionJson,
        raises=(NotFound, WaitsForConfirmation),
    )
    async def roll_back(self, actor: Actor, params: RollBackPolicy) -> JsonObject:
        """Put an earlier policy in force; the previous one if `to` is left out.

        404 if there is none.
        """
        return await _with_reason(self._commands.policies.roll_back(actor, params.given()))


async def _with_reason(changing: Coroutine[Any, Any, JsonObject]) -> JsonObject:
    try:
        return await changing
    except (PolicyInvalid, ServiceError, ProtocolError):
        raise
    except CountersignError as error:
        # A file cannot be read. The operator is told what a stranger would not be.
        raise ShownToOperator(str(error)) from error
