"""`/_countersign/v1/confirmations`: commands that wait for a second person."""

from typing import Any

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import Moment
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Nothing, Parameters


class ConfirmationParameters(Parameters):
    """Command that waits."""

    reference: str = Field(min_length=1, max_length=20)


class ConfirmationJson(JsonAnswer):
    """Command that waits for a second person."""

    reference: str
    command: str
    community: str | None = Field(description="null if it is about the whole server")
    asked_by: str
    face: str
    summary: str = Field(description="what it does")
    asked_ts: Moment
    expires_ts: Moment
    is_own: bool = Field(description="you gave it, so somebody else must confirm it")


class ConfirmationsJson(JsonAnswer):
    """Commands that wait, the oldest first."""

    confirmations: list[ConfirmationJson]


class ShownConfirmation(ConfirmationJson):
    """Command that waits, with all that it is carried out with."""

    parameters: dict[str, Any]


class Confirmed(JsonAnswer):
    """Command that was carried out."""

    reference: str
    command: str
    done: dict[str, Any] = Field(description="what the command itself answers")


class ConfirmationEndpoints(StoredEndpoints):
    """Commands that wait for a second person."""

    @get("confirmations", Command.CONFIRMATIONS_LIST, answer=ConfirmationsJson)
    async def list(self, actor: Actor, _: Nothing) -> JsonObject:
        """List the waiting commands that you may give, oldest first.

        They wait for 24 hours. Which ones do is a setting:
        [dashboard.md](dashboard.md#a-second-person-confirms).
        """
        return {"confirmations": await self._commands.confirmations.list(actor)}

    @get(
        "confirmations/show",
        Command.CONFIRMATIONS_LIST,
        answer=ShownConfirmation,
        raises=(NotFound,),
    )
    async def show(self, actor: Actor, params: ConfirmationParameters) -> JsonObject:
        """Show a waiting command with its parameters."""
        return await self._commands.confirmations.show(actor, params.reference)

    @post(
        "confirmations/confirm", Command.CONFIRMATIONS_CONFIRM, answer=Confirmed, raises=(NotFound,)
    )
    async def confirm(self, actor: Actor, params: ConfirmationParameters) -> JsonObject:
        """Confirm a command that somebody else gave, and carry it out.

        403 for one of your own. If it cannot be carried out, it keeps waiting.
        """
        return await self._commands.confirmations.confirm(actor, params.reference)

    @post(
        "confirmations/decline",
        Command.CONFIRMATIONS_DECLINE,
        answer=ConfirmationJson,
        raises=(NotFound,),
    )
    async def decline(self, actor: Actor, params: ConfirmationParameters) -> JsonObject:
        """Decline a command, or withdraw one of your own."""
        return await self._commands.confirmations.decline(actor, params.reference)
