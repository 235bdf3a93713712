"""`/audit`: the audit log, and undoing changes."""

from typing import Final
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.audit import DONE
from countersign.web.dashboard.forms import session_of, whole_number
from countersign.web.dashboard.pages import Done, PageGroup, Sent, served_at, submitted

LISTED: Final = 50
CHANGES: Final = "changes"


class AuditPages(PageGroup):
    """The audit log, and undoing."""

    @served_at("/audit")
    async def index(self, request: Request) -> ASGIApp:
        """Answer with entries of the audit log, the newest first."""
        query = request.query_params
        search = {name: query.get(name, "").strip() for name in ("actor", "community")}
        only_changes = query.get("show") == CHANGES
        before_id = whole_number(query.get("before", ""))
        entries = await self._commands.audit.list(
            session_of(request).actor,
            community=search["community"] or None,
            by=search["actor"] or None,
            only_changes=only_changes,
            before_id=before_id or None,
            limit=LISTED,
        )
        older = None
        if len(entries) == LISTED:
            parameters = {"before": entries[-1].entry_id, "show": CHANGES if only_changes else ""}
            older = "/audit?" + urlencode({**search, **parameters})
        values = {
            "asked": search,
            "only_changes": only_changes,
            "entries": [
                (entry, _details(entry.details), entry.result == DONE and "before" in entry.details)
                for entry in entries
            ],
            "older": older,
        }
        return await self._pages.answer(request, "audit.html", values)

    @served_at("/audit/undo")
    async def ask(self, request: Request) -> ASGIApp:
        """Answer with what would be undone."""
        by = request.query_params.get("by", "")
        since_ts = whole_number(request.query_params.get("since", ""))
        changes = await self._commands.undo.undo(
            session_of(request).actor, by=by, since_ts=since_ts
        )
        values = {"by": by, "since_ts": since_ts, "changes": changes}
        return await self._pages.answer(request, "undo.html", values)

    @submitted("/audit/undo")
    async def undo(self, sent: Sent) -> Done:
        """Undo what somebody changed since a moment."""
        changes = await self._commands.undo.undo(
            sent.actor,
            by=sent.form.text("by"),
            since_ts=whole_number(sent.form.text("since")),
            is_dry_run=False,
        )
        undone = sum(change["is_undone"] for change in changes)
        return Done(
            f"{undone} of {len(changes)} changes of {sent.form.text('by')} were undone.", "/audit"
        )


def _details(details: JsonObject) -> str:
    """Return the details of an entry as readable JSON; empty if there are none."""
    if not details:
        return ""
    return orjson.dumps(details, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()
