"""`/_countersign/v1/confirmations`: commands that wait for a second person."""

from typing import Any

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.confirmations import Confirmations
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import Moment
from countersign.web.admin.declarations.models import Asked, Nothing, Told


class ConfirmationAsked(Asked):
    """Command that waits."""

    reference: str = Field(min_length=1, max_length=20)


class ToldConfirmation(Told):
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


class ToldConfirmations(Told):
    """Commands that wait, the oldest first."""

    confirmations: list[ToldConfirmation]


class ShownConfirmation(ToldConfirmation):
    """Command that waits, with all that it is carried out with."""

    parameters: dict[str, Any]


class Confirmed(Told):
    """Command that was carried out."""

    reference: str
    command: str
    done: dict[str, Any] = Field(description="what the command itself answers")


class ConfirmationEndpoints:
    """Commands that wait for a second person."""

    def __init__(self, confirmations: Confirmations) -> None:
        self._confirmations = confirmations

    @get(
        "/_countersign/v1/confirmations",
        Command.CONFIRMATIONS_LIST,
        asked=Nothing,
        answer=ToldConfirmations,
    )
    async def list(self, actor: Actor, _: Nothing) -> JsonObject:
        """List the waiting commands that you may give, oldest first.

        They wait for 24 hours. Which ones do is a setting:
        [dashboard.md](dashboard.md#a-second-person-confirms).
        """
        return {"confirmations": await self._confirmations.list(actor)}

    @get(
        "/_countersign/v1/confirmations/show",
        Command.CONFIRMATIONS_LIST,
        asked=ConfirmationAsked,
        answer=ShownConfirmation,
        raises=(NotFound,),
    )
    async def show(self, actor: Actor, asked: ConfirmationAsked) -> JsonObject:
        """Show a waiting command with its parameters."""
        return await self._confirmations.show(actor, asked.reference)

    @post(
        "/_countersign/v1/confirmations/confirm",
        Command.CONFIRMATIONS_CONFIRM,
        asked=ConfirmationAsked,
        answer=Confirmed,
        raises=(NotFound,),
    )
    async def confirm(self, actor: Actor, asked: ConfirmationAsked) -> JsonObject:
        """Confirm a command that somebody else gave, and carry it out.

        403 for one of your own. If it cannot be carried out it waits on.
        """
        return await self._confirmations.confirm(actor, asked.reference)

    @post(
        "/_countersign/v1/confirmations/decline",
        Command.CONFIRMATIONS_DECLINE,
        asked=ConfirmationAsked,
        answer=ToldConfirmation,
        raises=(NotFound,),
    )
    async def decline(self, actor: Actor, asked: ConfirmationAsked) -> JsonObject:
        """Decline a command, or withdraw one of your own."""
        return await self._confirmations.decline(actor, asked.reference)
