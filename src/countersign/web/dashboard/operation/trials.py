"""`/trials`: policies tried on the events of the last days, without effect."""

from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.policy.policies.mode_edits import CannotEdit, with_word
from countersign.protocol.errors import BadJson
from countersign.service.trials.backtest_jobs import JobState
from countersign.web.dashboard.forms import read_form, session_of
from countersign.web.dashboard.operation.policies import MAX_DOCUMENT_FORM_BYTES
from countersign.web.dashboard.pages import PageGroup, served_at
from countersign.web.dashboard.shown import path_part
from countersign.web.http.requests import path_parameter
from countersign.web.pages.answers import see_other

EVERY_SECONDS: Final = 2


class TrialPages(PageGroup):
    """Begins backtests, and shows how far they are and what they found."""

    @served_at("/policy/{community}/try", "POST")
    async def start(self, request: Request) -> ASGIApp:
        """Try a document on the events of the last week."""
        form = await read_form(request, MAX_DOCUMENT_FORM_BYTES)
        community = path_parameter(request, "community")
        return await self._begun(request, community, form.document("document"))

    @served_at("/policy/{community}/try-word", "POST")
    async def start_word(self, request: Request) -> ASGIApp:
        """Try the policy in force, with one more word that is refused.

        Raises:
            BadJson: there is no word, or the document must be changed by hand.
        """
        form = await read_form(request)
        community, word = path_parameter(request, "community"), form.text("word")
        if not word:
            raise BadJson("Write a word, or several that stand together.")
        shown = await self._commands.policy_documents.show(
            session_of(request).actor, community=community
        )
        try:
            document = with_word(str(shown["document"]).encode(), word)
        except CannotEdit as error:
            raise BadJson(f"The word cannot be tried from here. {error}") from error
        return await self._begun(request, community, document.decode())

    @served_at("/trials/{job}")
    async def show(self, request: Request) -> ASGIApp:
        """Answer with how far a backtest is, and with its report."""
        job_id = path_parameter(request, "job")
        job = await self._commands.backtests.look(session_of(request).actor, job_id)
        values: dict[str, Any] = {
            "job": job,
            "is_running": job["state"] == JobState.RUNNING.value,
            "every": EVERY_SECONDS,
        }
        return await self._pages.answer(request, "trial.html", values)

    @served_at("/trials/{job}/cancel", "POST")
    async def cancel(self, request: Request) -> ASGIApp:
        """End a backtest that runs still."""
        await read_form(request)
        job_id = path_parameter(request, "job")
        await self._commands.backtests.cancel(session_of(request).actor, job_id)
        return see_other(_page_of(job_id))

    async def _begun(self, request: Request, community: str, document: str) -> ASGIApp:
        job = await self._commands.backtests.start(
            session_of(request).actor, document=document, community=community
        )
        return see_other(_page_of(job["job"]))


def _page_of(job_id: str) -> str:
    return f"/trials/{path_part(job_id)}"
