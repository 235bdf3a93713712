"""`/_countersign/v1/appeals`: appeals against refusals, and answering them."""

from typing import Annotated, Literal

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.ports.stores.review.appeals import AppealState
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.appeals import MAX_LISTED
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import (
    CommunityName,
    LastsMs,
    Moment,
    Reason,
    Reference,
    WholeNumber,
)
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.declarations.paging import AT_MOST, PageJson, PageParameters, page_of


class AppealsParameters(PageParameters):
    """Selection of the appeals to list."""

    community: CommunityName | None = Field(
        default=None, description="every one that you see, if left out"
    )
    state: Annotated[AppealState, Field(strict=False)] | None = None
    limit: WholeNumber = Field(default=100, description=AT_MOST)


class AppealParameters(Parameters):
    """Request about one appeal."""

    reference: Reference


class NoteAppeal(Parameters):
    """Note for other moderators."""

    reference: Reference
    text: Reason


class DecideAppeal(Parameters):
    """Answer to an appeal."""

    reference: Reference
    answer: Literal["granted", "upheld", "closed"] = Field(
        description="granted: the refusal was a mistake, and the same passes for a while"
    )
    lasts_ms: LastsMs | None = Field(default=None, description="in ms; a week if left out")
    note: Reason = Field(default="", description="for other moderators")


class NoteJson(JsonAnswer):
    """Note for moderators; the person who appealed does not see it."""

    ts: Moment
    actor: str
    text: str


class AppealJson(JsonAnswer):
    """Appeal against a refusal, and what came of it."""

    reference: str
    community: str
    room_id: str
    room_name: str | None
    sender: str = Field(description="of what was refused; whoever appeals need not be the same")
    text: str = Field(description="why the refusal was wrong, in their words; may be empty")
    language: str = Field(description="of the page that it was sent from")
    made_ts: Moment
    due_ts: Moment = Field(description="until when an answer is due")
    is_overdue: bool
    state: AppealState
    decided_ts: Moment | None
    decided_by: str | None
    allowed_until_ts: Moment | None = Field(description="until when the same passes")
    notes: list[NoteJson]


class AppealsJson(PageJson):
    """Appeals, the open ones first."""

    appeals: list[AppealJson]


class AppealEndpoints(StoredEndpoints):
    """Lists, shows, notes and answers [appeals](appeals.md)."""

    @get("appeals", Command.APPEALS_LIST, answer=AppealsJson, raises=(NotFound,))
    async def list(self, actor: Actor, params: AppealsParameters) -> JsonObject:
        """List [appeals](appeals.md), the open ones first, by when an answer is due.

        Of those that were answered the last ones are left out if there are more than 1,000.
        """
        appeals = await self._commands.appeals.list(
            actor, community=params.community, state=params.state, limit=MAX_LISTED
        )
        return page_of(appeals, "appeals", params, "community", "reference")

    @get("appeals/show", Command.APPEALS_SHOW, answer=AppealJson, raises=(NotFound,))
    async def show(self, actor: Actor, params: AppealParameters) -> JsonObject:
        """Show the appeal against the refusal of a reference."""
        return await self._commands.appeals.show(actor, params.reference)

    @post("appeals/note", Command.APPEALS_NOTE, answer=AppealJson, raises=(NotFound,))
    async def note(self, actor: Actor, params: NoteAppeal) -> JsonObject:
        """Add a note for other moderators."""
        return await self._commands.appeals.note(
            actor, reference=params.reference, text=params.text
        )

    @post("appeals/decide", Command.APPEALS_DECIDE, answer=AppealJson, raises=(NotFound,))
    async def decide(self, actor: Actor, params: DecideAppeal) -> JsonObject:
        """Answer an open appeal.

        403 for an actor who took part in the refusal: who set the sender's trust, or acted on the
        decision other than by allowing it.
        """
        return await self._commands.appeals.decide(
            actor,
            reference=params.reference,
            answer=params.answer,
            lasts_ms=params.lasts_ms,
            note=params.note,
        )
