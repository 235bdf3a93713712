"""`/review`: the review queue, one incident after the other."""

from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.actors import Actor
from countersign.ports.stores.review.reviews import ReviewState
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.web.dashboard.forms import session_of
from countersign.web.dashboard.pages import Done, PageGroup, Sent, served_at, submitted
from countersign.web.http.requests import path_parameter

LISTED: Final = 50
BECAUSE: Final = {
    "appeal": "somebody appealed",
    "report": "members reported it",
    "borderline": "the score was hardly enough",
    "turned-account": "an account that may have been taken over waits for a moderator",
}


class ReviewPages(PageGroup):
    """The queue, with what waits longest opened, and the answers to it."""

    @served_at("/review")
    async def get(self, request: Request) -> ASGIApp:
        """Answer with the first incident that nobody else has taken, and a list of the others."""
        actor = session_of(request).actor
        queue = await self._commands.review_queue.list(actor, limit=LISTED)
        items = queue["items"]
        selected = request.query_params.get("item")
        first = next((item for item in items if item["example"] == selected), None) or next(
            (item for item in items if _is_free(item, actor)), None
        )
        values: dict[str, Any] = {
            "first": first,
            "others": [item for item in items if item is not first],
            "open": queue["open"],
            "median_ms": queue["median_first_action_ms"],
            "refusals": queue["refusals"],
            "is_cut": queue["is_cut"],
            "because": BECAUSE,
            "decision": None,
            "may_decide": False,
            "may_spam": False,
        }
        if first is not None:
            values["decision"] = await self._example(actor, first)
            may_in, community = self._pages.may_in, first["community"]
            values["may_decide"] = may_in(actor, Command.REVIEWS_DECIDE, community)
            values["may_spam"] = may_in(actor, Command.DECISIONS_SPAM, community)
        return await self._pages.answer(request, "review.html", values)

    @submitted("/review/{reference}/decide")
    async def decide(self, sent: Sent) -> Done:
        """Decide an incident by its example, and continue with the next."""
        reference = path_parameter(sent.request, "reference")
        result = await self._commands.reviews.decide(
            sent.actor,
            reference=reference,
            answer=sent.form.text("answer"),
            is_alone=sent.form.is_ticked("alone"),
            note=sent.form.text("note"),
        )
        words = [f"{result['answer']}: {result['decided']:,} decided on {reference}."]
        if result["left"]:
            words.append(f"{result['left']:,} are left: decide it once more.")
        words += result["troubles"]
        return Done("\n".join(words), "/review")

    @submitted("/review/{reference}/take")
    async def take(self, sent: Sent) -> Done:
        """Take an incident, so that others look at other ones."""
        reference = path_parameter(sent.request, "reference")
        await self._commands.reviews.take(sent.actor, reference=reference)
        return Done(
            "Taken: the others see that you are working on it.", f"/review?item={reference}"
        )

    @submitted("/review/{reference}/hand-over")
    async def hand_over(self, sent: Sent) -> Done:
        """Return an incident to the queue, and continue with the next."""
        reference = path_parameter(sent.request, "reference")
        await self._commands.reviews.hand_over(
            sent.actor, reference=reference, note=sent.form.text("note")
        )
        return Done("Handed over to the others.", "/review")

    async def _example(self, actor: Actor, item: JsonObject) -> JsonObject | None:
        decisions = await self._commands.decisions.explain(actor, item["example"])
        return decisions[0] if len(decisions) == 1 else None


def _is_free(item: JsonObject, actor: Actor) -> bool:
    """Return True if nobody else has taken the incident."""
    return bool(item["state"] != ReviewState.TAKEN.value or item["actor"] == actor.name)
