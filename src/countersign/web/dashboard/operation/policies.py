"""`/policy`: policies in force and before, an editor, and putting another in force."""

from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.policy.findings import Mode
from countersign.policy.policies.policy_documents import PolicyInvalid
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.web.dashboard.forms import Form, read_form, session_of
from countersign.web.dashboard.operation.differing_lines import lines_that_differ
from countersign.web.dashboard.pages import Done, PageGroup, Sent, served_at, submitted
from countersign.web.dashboard.shown import path_part
from countersign.web.http.requests import path_parameter
from countersign.web.pages.answers import see_other

MAX_DOCUMENT_FORM_BYTES: Final = 3_000_000
"""Size of a form with a document in it; a longer one is for the command line."""

MODES: Final = (Mode.ENFORCE.value, Mode.WARN.value, Mode.SHADOW.value)


class PolicyPages(PageGroup):
    """The policy of each community: its steps, its document, its history, and the editor."""

    @served_at("/policy")
    async def index(self, request: Request) -> ASGIApp:
        """Answer with the policies in force; with the page of the only one there is."""
        actor = session_of(request).actor
        status = await self._commands.policies.status(actor)
        names = [each["name"] for each in status["communities"]]
        if len(names) == 1 and self._pages.may_in(actor, Command.POLICY_SHOW, names[0]):
            return see_other(_page_of(names[0]))
        values = {
            "status": status,
            "may_show": self._pages.communities(actor, Command.POLICY_SHOW),
        }
        return await self._pages.answer(request, "policies.html", values)

    @served_at("/policy/{community}")
    async def show(self, request: Request) -> ASGIApp:
        """Answer with a policy: its steps with their modes, its document and its history."""
        actor, community = session_of(request).actor, path_parameter(request, "community")
        revision = request.query_params.get("revision") or None
        shown = await self._commands.policy_documents.show(
            actor, community=community, revision=revision
        )
        history = await self._commands.policy_documents.history(actor, community=community)
        values = {
            "shown": shown,
            "history": history["changes"],
            "modes": MODES,
            **self._rights(actor, community),
        }
        if not shown["is_in_force"]:
            current = await self._commands.policy_documents.show(actor, community=community)
            values["lines"] = await lines_that_differ(current["document"], shown["document"])
        return await self._pages.answer(request, "policy.html", values)

    @served_at("/policy/{community}/edit")
    async def edit(self, request: Request) -> ASGIApp:
        """Answer with the editor, with the document in force or an earlier one in it."""
        actor, community = session_of(request).actor, path_parameter(request, "community")
        revision = request.query_params.get("revision") or None
        shown = await self._commands.policy_documents.show(
            actor, community=community, revision=revision
        )
        return await self._editor(request, actor, community, shown["document"], None)

    @served_at("/policy/{community}/check", "POST")
    async def check(self, request: Request) -> ASGIApp:
        """Answer with the editor, and with what is wrong or would change."""
        form = await read_form(request, MAX_DOCUMENT_FORM_BYTES)
        actor, community = session_of(request).actor, path_parameter(request, "community")
        document = form.document("document")
        checked = await self._commands.policy_documents.compare(
            actor, document, community=community
        )
        current = await self._commands.policy_documents.show(actor, community=community)
        checked["lines"] = await lines_that_differ(current["document"], document)
        return await self._editor(request, actor, community, document, checked, form.text("note"))

    @served_at("/policy/{community}/test", "POST")
    async def test(self, request: Request) -> ASGIApp:
        """Answer with the editor, and with how the document's own tests end."""
        form = await read_form(request, MAX_DOCUMENT_FORM_BYTES)
        actor, community = session_of(request).actor, path_parameter(request, "community")
        document = form.document("document")
        checked = await self._commands.policy_documents.compare(
            actor, document, community=community
        )
        tests = None
        if not checked["mistakes"]:
            tests = await self._commands.policy_tests.run(actor, document, community=community)
        checked |= {"lines": [], "tests": tests}
        return await self._editor(request, actor, community, document, checked, form.text("note"))

    @served_at("/policy/{community}/activate", "POST")
    async def activate(self, request: Request) -> ASGIApp:
        """Put a document in force; with mistakes, answer with the editor."""
        form = await read_form(request, MAX_DOCUMENT_FORM_BYTES)
        session, community = session_of(request), path_parameter(request, "community")
        document, began_ts = form.document("document"), self._clock.now_ts()
        about = {"community": community, "note": form.text("note")}
        try:
            result = await self._commands.policies.activate(session.actor, document.encode(), about)
        except PolicyInvalid as error:
            mistakes = [str(mistake) for mistake in error.mistakes]
            checked = {"mistakes": mistakes, "warnings": [], "differences": [], "lines": []}
            return await self._editor(
                request, session.actor, community, document, checked, form.text("note")
            )
        session.add_notice(f"Revision {result['revision']} is in force.", undo_since_ts=began_ts)
        return see_other(_page_of(community))

    @submitted("/policy/{community}/rollback")
    async def roll_back(self, sent: Sent) -> Done:
        """Put an earlier policy in force again."""
        community = path_parameter(sent.request, "community")
        about = {"community": community, "to": sent.form.text("to"), "note": sent.form.text("note")}
        result = await self._commands.policies.roll_back(sent.actor, about)
        return Done(f"Rolled back: revision {result['revision']} is in force.", _page_of(community))

    @served_at("/policy/{community}/mode", "POST")
    async def set_mode(self, request: Request) -> ASGIApp:
        """Change the mode of a step."""
        form: Form = await read_form(request)
        session, community = session_of(request), path_parameter(request, "community")
        step, mode, began_ts = form.text("step"), form.text("mode"), self._clock.now_ts()
        await self._commands.policy_documents.set_mode(
            session.actor, step=step, mode=mode, community=community
        )
        session.add_notice(f"The step {step} is in mode {mode} now.", undo_since_ts=began_ts)
        return see_other(_page_of(community))

    @submitted("/policy-reload")
    async def reload(self, sent: Sent) -> Done:
        """Reload the policy files."""
        await self._commands.policies.reload(sent.actor, {})
        return Done("The policy files were reloaded.", "/policy")

    async def _editor(
        self,
        request: Request,
        actor: Actor,
        community: str,
        document: str,
        checked: JsonObject | None,
        note: str = "",
    ) -> ASGIApp:
        values = {
            "community": community,
            "document": document,
            # A template that names what is not there fails; most answers are without tests.
            "checked": None if checked is None else {"tests": None, **checked},
            "note": note,
            **self._rights(actor, community),
        }
        status = 422 if checked is not None and checked["mistakes"] else 200
        return await self._pages.answer(request, "policy_edit.html", values, status=status)

    def _rights(self, actor: Actor, community: str) -> dict[str, Any]:
        may_in = self._pages.may_in
        return {
            "may_activate": may_in(actor, Command.POLICY_ACTIVATE, community),
            "may_test": may_in(actor, Command.POLICY_TEST, community),
            "may_try": may_in(actor, Command.BACKTESTS_START, community),
        }


def _page_of(community: str) -> str:
    return f"/policy/{path_part(community)}"
