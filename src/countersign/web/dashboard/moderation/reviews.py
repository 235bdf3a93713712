"""`/review`: the review queue, one incident after the other."""

from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.actors import Actor
from countersign.ports.stores.review.reviews import ReviewState
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.every_command import Commands
from countersign.web.dashboard.forms import read_form, session_of
from countersign.web.dashboard.pages import Pages
from countersign.web.http.requests import path_parameter
from countersign.web.pages.answers import see_other

LISTED: Final = 50
BECAUSE: Final = {
    "appeal": "somebody appealed",
    "report": "members reported it",
    "borderline": "the score was hardly enough",
    "turned-account": "an account that may have been taken over waits for a moderator",
}


class ReviewPages:
    """The queue, with what waits longest opened, and the answers to it."""

    def __init__(self, commands: Commands, pages: Pages) -> None:
        self._commands = commands
        self._pages = pages

    async def get(self, request: Request) -> ASGIApp:
        """Answer with the first incident that nobody else has taken, and a list of the others."""
        actor = session_of(request).actor
        queue = await self._commands.review_queue.list(actor, limit=LISTED)
        items = queue["items"]
        wanted = request.query_params.get("item")
        first = next((item for item in items if item["example"] == wanted), None) or next(
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

    async def decide(self, request: Request) -> ASGIApp:
        """Decide an incident by its example, and continue with the next."""
        form = await read_form(request)
        session, reference = session_of(request), path_parameter(request, "reference")
        done = await self._commands.reviews.decide(
            session.actor,
            reference=reference,
            answer=form.text("answer"),
            is_alone=form.is_ticked("alone"),
            note=form.text("note"),
        )
        words = [f"{done['answer']}: {done['decided']:,} decided on {reference}."]
        if done["left"]:
            words.append(f"{done['left']:,} are left: decide it once more.")
        words += done["troubles"]
        session.add_notice("\n".join(words))
        return see_other("/review")

    async def take(self, request: Request) -> ASGIApp:
        """Take an incident, so that others look at other ones."""
        await read_form(request)
        session, reference = session_of(request), path_parameter(request, "reference")
        await self._commands.reviews.take(session.actor, reference=reference)
        session.add_notice("Taken: the others see that you are working on it.")
        return see_other(f"/review?item={reference}")

    async def hand_over(self, request: Request) -> ASGIApp:
        """Return an incident to the queue, and continue with the next."""
        form = await read_form(request)
        session, reference = session_of(request), path_parameter(request, "reference")
        await self._commands.reviews.hand_over(
            session.actor, reference=reference, note=form.text("note")
        )
        session.add_notice("Handed over to the others.")
        return see_other("/review")

    async def _example(self, actor: Actor, item: JsonObject) -> JsonObject | None:
        found = await self._commands.decisions.explain(actor, item["example"])
        return found[0] if len(found) == 1 else None


def _is_free(item: JsonObject, actor: Actor) -> bool:
    """Return True if nobody else has taken the incident."""
    return bool(item["state"] != ReviewState.TAKEN.value or item["actor"] == actor.name)
