"""`/_countersign/v1/reviews`: refusals and reported events that somebody should look at."""

from typing import Annotated, Literal

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.ports.stores.review.reviews import ReviewAnswer, ReviewState
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.review.queue_listing import MAX_LISTED
from countersign.service.commands.review.reported_events import MAX_TEXTS
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
from countersign.web.admin.moderation.incidents import IncidentJson

RefusalReference = Annotated[
    Reference,
    Field(description="of any refusal of the incident, or of the reported event; or its event ID"),
]


class ReviewsParameters(PageParameters):
    """Selection of the incidents to list."""

    community: CommunityName | None = None
    state: Annotated[ReviewState, Field(strict=False)] | None = Field(
        default=None, description="all that are not handled, if left out"
    )
    since_ts: Moment | None = Field(
        default=None, description="refusals from when on; for seven days if left out"
    )
    limit: WholeNumber = Field(default=50, description=AT_MOST)


class TakeReview(Parameters):
    """Incident that one looks at."""

    reference: RefusalReference


class HandOverReview(Parameters):
    """Incident that others should look at."""

    reference: RefusalReference
    note: Reason = Field(default="", description="for other moderators")


class DecideReview(Parameters):
    """Answer to an incident."""

    reference: RefusalReference
    answer: Annotated[ReviewAnswer, Field(strict=False)]
    is_alone: bool = Field(default=False, description="only this refusal, not the whole incident")
    lasts_ms: LastsMs | None = Field(default=None, description="in ms; a day if left out")
    note: Reason = Field(default="", description="for other moderators")


class ReviewJson(IncidentJson):
    """Incident that somebody should look at."""

    because: list[Literal["borderline", "turned-account", "appeal", "report"]]
    state: ReviewState
    actor: str | None = Field(description="who did something about it last")
    answer: ReviewAnswer | None
    note: str
    waiting: int = Field(description="how many refusals are to be looked at")
    waits_ms: int = Field(description="how long the first of them waits")
    first_action_ms: int | None = Field(description="how long it took until somebody did anything")
    appeals: list[str] = Field(description="references of what is appealed against")
    reporters: int = Field(description="how many members reported the event; 0 for refusals")
    reports: list[str] = Field(
        description=f"what they wrote about it, {MAX_TEXTS} texts at most; not by whom"
    )


class ReviewsJson(PageJson):
    """Incidents to look at, those that wait longest first."""

    items: list[ReviewJson]
    open: int = Field(description="how many are not handled")
    median_first_action_ms: int | None = Field(
        description="of the last 200; null for none, and for a role in only some rooms"
    )
    refusals: int = Field(description="how many refusals were looked through")
    is_cut: bool = Field(description="only the latest 3,000 refusals were looked through")


class TakenJson(JsonAnswer):
    """State of an incident, and the number of its refusals."""

    reference: str
    state: ReviewState
    actor: str
    refusals: int


class DecidedJson(JsonAnswer):
    """Result of an answer."""

    reference: str
    answer: ReviewAnswer
    decided: int
    left: int = Field(description="how many are left for the same request again")
    troubles: list[str] = Field(description="why some could not be decided; five at most")


class ReviewEndpoints(StoredEndpoints):
    """Endpoints of the review queue."""

    @get("reviews", Command.REVIEWS_LIST, answer=ReviewsJson, raises=(NotFound,))
    async def list(self, actor: Actor, params: ReviewsParameters) -> JsonObject:
        """List the incidents to look at, those that wait longest first, in rooms that you see.

        `borderline`: evidence refused an event that was less than three points above the threshold;
        `turned-account`: an account that may have been taken over; `appeal`: somebody appealed;
        `report`: members of the room reported an event that was signed.
        """
        queue = await self._commands.review_queue.list(
            actor,
            community=params.community,
            state=params.state,
            since_ts=params.since_ts,
            limit=MAX_LISTED,
        )
        return page_of(queue, "items", params, "community", "reference")

    @post("reviews/take", Command.REVIEWS_TAKE, answer=TakenJson, raises=(NotFound,))
    async def take(self, actor: Actor, params: TakeReview) -> JsonObject:
        """Take an incident, so that others look at other ones."""
        return await self._commands.reviews.take(actor, reference=params.reference)

    @post("reviews/hand-over", Command.REVIEWS_HAND_OVER, answer=TakenJson, raises=(NotFound,))
    async def hand_over(self, actor: Actor, params: HandOverReview) -> JsonObject:
        """Leave an incident to others, with a note."""
        return await self._commands.reviews.hand_over(
            actor, reference=params.reference, note=params.note
        )

    @post("reviews/decide", Command.REVIEWS_DECIDE, answer=DecidedJson, raises=(NotFound,))
    async def decide(self, actor: Actor, params: DecideReview) -> JsonObject:
        """Decide an incident by one example: `allow`, `spam` or `keep`.

        Each refusal is allowed or marked as by `decisions allow` and `decisions spam`, 200 at once,
        and undone like that; `spam` needs the role that `decisions spam` needs. A reported event is
        marked as spam, or left as it is by `keep`; its reporters are told which.
        """
        return await self._commands.reviews.decide(
            actor,
            reference=params.reference,
            answer=params.answer.value,
            is_alone=params.is_alone,
            lasts_ms=params.lasts_ms,
            note=params.note,
        )
