"""`/appeals`: appeals against refusals, and answering them."""

from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.stores.review.appeals import AppealState
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.appeals import MAX_LISTED
from countersign.web.dashboard.forms import read_form, session_of
from countersign.web.dashboard.long_lists import listed_part
from countersign.web.dashboard.pages import Done, PageGroup, Sent, served_at, submitted
from countersign.web.dashboard.shown import path_part
from countersign.web.http.requests import path_parameter
from countersign.web.pages.answers import see_other


class AppealPages(PageGroup):
    """The list of appeals, the open ones first, and the page of one."""

    @served_at("/appeals")
    async def index(self, request: Request) -> ASGIApp:
        """Answer with appeals: the open ones first, by when they are due."""
        actor = session_of(request).actor
        result = await self._commands.appeals.list(actor, limit=MAX_LISTED)
        is_open = [each["state"] == AppealState.OPEN.value for each in result["appeals"]]
        shown, following = listed_part(request, result["appeals"])
        values: dict[str, Any] = {
            "open": [each for each in shown if each["state"] == AppealState.OPEN.value],
            "answered": [each for each in shown if each["state"] != AppealState.OPEN.value],
            "is_any_open": any(is_open),
            "following": following,
            "found": len(is_open),
        }
        return await self._pages.answer(request, "appeals.html", values)

    @served_at("/appeals/{reference}")
    async def show(self, request: Request) -> ASGIApp:
        """Answer with one appeal, and how to answer it."""
        actor, reference = session_of(request).actor, path_parameter(request, "reference")
        appeal = await self._commands.appeals.show(actor, reference)
        may_in = self._pages.may_in
        values = {
            "appeal": appeal,
            "may_decide": may_in(actor, Command.APPEALS_DECIDE, appeal["community"]),
            "may_note": may_in(actor, Command.APPEALS_NOTE, appeal["community"]),
        }
        return await self._pages.answer(request, "appeal.html", values)

    @submitted("/appeals/{reference}/decide")
    async def decide(self, sent: Sent) -> Done:
        """Answer an appeal."""
        reference = path_parameter(sent.request, "reference")
        appeal = await self._commands.appeals.decide(
            sent.actor,
            reference=reference,
            answer=sent.form.text("answer"),
            lasts_ms=sent.form.duration_ms("hours"),
            note=sent.form.text("note"),
        )
        return Done(f"The appeal is {appeal['state']}.", f"/appeals/{path_part(reference)}")

    @served_at("/appeals/{reference}/note", "POST")
    async def note(self, request: Request) -> ASGIApp:
        """Add a note for other moderators."""
        form = await read_form(request)
        session, reference = session_of(request), path_parameter(request, "reference")
        await self._commands.appeals.note(
            session.actor, reference=reference, text=form.text("text")
        )
        return see_other(f"/appeals/{path_part(reference)}")
