"""`/_countersign/v1/decisions/spam` and `not-spam`: setting and removing spam marks."""

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import post
from countersign.web.admin.declarations.fields import Reason, Reference
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.moderation.indicators import IndicatorJson


class Spam(Parameters):
    """Event that was spam."""

    reference: Reference
    reason: Reason = Field(default="", description="for other moderators")
    distrusts: bool = Field(default=True, description="its sender is to be untrusted for a week")
    redacts: bool = Field(default=False, description="our user is to redact it")


class NotSpam(Parameters):
    """Event that was no spam after all."""

    reference: Reference
    reason: Reason = Field(default="", description="for other moderators")


class SpamJson(JsonAnswer):
    """Consequences of a mark."""

    reference: str
    indicators: list[IndicatorJson] = Field(description="those that became bad")
    is_untrusted: bool = Field(description="the sender became untrusted")
    redaction: str | None = Field(description="the event ID of ours")
    trouble: str | None = Field(description="why it was not redacted")


class NotSpamJson(JsonAnswer):
    """Consequences that were taken back with a mark."""

    reference: str
    indicators: list[IndicatorJson] = Field(description="those that are not bad any more")
    is_untrusted: bool = Field(description="the sender was untrusted until now")


class SpamEndpoints(StoredEndpoints):
    """Marks events as spam, and takes that back."""

    @post("decisions/spam", Command.DECISIONS_SPAM, answer=SpamJson, raises=(NotFound,))
    async def mark(self, actor: Actor, params: Spam) -> JsonObject:
        """Mark an event as spam, signed or refused.

        Its links, contacts and wallets are bad for 30 days, except those that members posted. Its
        sender is untrusted for a week, except moderators and people whose level a moderator set.
        400 if it is marked already, or if the decision's details are deleted.
        """
        return await self._commands.spam.mark(
            actor,
            reference=params.reference,
            reason=params.reason,
            distrusts=params.distrusts,
            redacts=params.redacts,
        )

    @post("decisions/not-spam", Command.DECISIONS_NOT_SPAM, answer=NotSpamJson, raises=(NotFound,))
    async def unmark(self, actor: Actor, params: NotSpam) -> JsonObject:
        """Remove a spam mark and its effects, except a redaction."""
        return await self._commands.spam.unmark(
            actor, reference=params.reference, reason=params.reason
        )
