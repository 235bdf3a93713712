"""`/decisions`: decisions, their reasons, and allowances."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.policy.decisions import Verdict
from countersign.policy.languages.sentences import refusal
from countersign.policy.languages.tags import LANGUAGE_NAMES, is_right_to_left
from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Actor
from countersign.ports.stores.decisions import DecisionQuery
from countersign.ports.stores.outcomes import OutcomeKind, SearchedOutcome
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_room_id, is_user_id
from countersign.service.commands.actors.permissions import Command
from countersign.web.dashboard.forms import session_of
from countersign.web.dashboard.pages import Done, PageGroup, Sent, served_at, submitted
from countersign.web.dashboard.shown import path_part, utc
from countersign.web.http.requests import path_parameter
from countersign.web.pages.answers import see_other

LISTED: Final = 50
HISTORY: Final = 10
HOUR_MS: Final = 3_600_000
SEARCHED: Final = ("q", "verdict", "outcome", "step", "hours")
PERIODS: Final = {"1": "the last hour", "24": "the last day", "168": "the last week", "": "ever"}
"""Times that can be looked at, by their number of hours."""


class DecisionPages(PageGroup):
    """The list of decisions, and the page of one."""

    @served_at("/decisions")
    async def index(self, request: Request) -> ASGIApp:
        """Answer with the newest decisions, as far as they are asked for."""
        query = request.query_params
        search = {name: query.get(name, "").strip() for name in SEARCHED}
        outcome = search["outcome"]
        if meant := self._page_of(search["q"]):
            return see_other(meant)
        try:
            since_ts = self._since(search["hours"])
            result = await self._commands.decisions.search(
                session_of(request).actor,
                DecisionQuery(
                    sender=search["q"] if is_user_id(search["q"]) else None,
                    verdict=Verdict(search["verdict"])
                    if search["verdict"] in set(Verdict)
                    else None,
                    step=search["step"] or None,
                    since_ts=since_ts,
                ),
                room_id=search["q"] if is_room_id(search["q"]) else None,
                outcome=SearchedOutcome(outcome) if outcome in set(SearchedOutcome) else None,
                before=query.get("before") or None,
                limit=LISTED,
            )
        except ValueError:
            raise BadJson(
                "Give the time as a whole number of hours, such as 24, or leave it out."
            ) from None
        values = {
            "asked": search,
            "decisions": result["decisions"],
            "hints": result["hints"],
            "older": self._older(search, result["next"]),
            "periods": PERIODS,
        }
        return await self._pages.answer(request, "decisions.html", values)

    @served_at("/decisions/{reference}")
    async def show(self, request: Request) -> ASGIApp:
        """Answer with one decision and all that is known of it."""
        actor = session_of(request).actor
        reference = path_parameter(request, "reference")
        decisions = await self._commands.decisions.explain(actor, reference)
        if len(decisions) > 1:
            which = {"reference": reference, "decisions": decisions}
            return await self._pages.answer(request, "decision_which.html", which)
        (decision,) = decisions
        community = self._commands.permissions.community_of(decision["room_id"]).name
        values: dict[str, Any] = {
            "decision": decision,
            "community": community,
            "told": _notice(decision),
            "language": LANGUAGE_NAMES.get(decision["language"][:2], decision["language"]),
            "is_rtl": is_right_to_left(decision["language"]),
            "levels": [level.value for level in Trust],
            "can": self._can(actor, community, decision["room_id"]),
            "is_spam": _is_spam(decision),
            **await self._sender(actor, decision, community),
        }
        return await self._pages.answer(request, "decision.html", values)

    @submitted("/decisions/{reference}/allow")
    async def allow(self, sent: Sent) -> Done:
        """Allow the words of a refused event for a while."""
        reference = path_parameter(sent.request, "reference")
        allowed = await self._commands.decisions.allow(
            sent.actor,
            reference=reference,
            lasts_ms=sent.form.duration_ms("hours"),
            is_for_one_room=sent.form.is_ticked("here"),
        )
        until = utc(allowed["allowed"]["until_ts"])
        return Done(
            f"When these words are sent again, they pass, until {until} UTC.",
            f"/decisions/{path_part(reference)}",
            is_undoable=True,
        )

    @submitted("/decisions/{reference}/spam")
    async def spam(self, sent: Sent) -> Done:
        """Mark an event as spam, whatever was decided on it."""
        reference = path_parameter(sent.request, "reference")
        marked = await self._commands.spam.mark(
            sent.actor,
            reference=reference,
            reason=sent.form.text("reason"),
            redacts=sent.form.is_ticked("redact"),
        )
        learned = len(marked["indicators"])
        words = ["Marked as spam."]
        if learned:
            words.append(f"{learned} of its links and contacts count as bad.")
        if marked["is_untrusted"]:
            words.append("Its sender is untrusted for a week.")
        if marked["redaction"]:
            words.append("Our user redacts it.")
        if marked["trouble"]:
            words.append(f"It was not redacted: {marked['trouble']}.")
        return Done(" ".join(words), f"/decisions/{path_part(reference)}", is_undoable=True)

    @submitted("/decisions/{reference}/not-spam")
    async def not_spam(self, sent: Sent) -> Done:
        """Remove the spam mark of an event."""
        reference = path_parameter(sent.request, "reference")
        await self._commands.spam.unmark(sent.actor, reference=reference)
        return Done(
            "No longer marked as spam; what was learned from it is forgotten.",
            f"/decisions/{path_part(reference)}",
        )

    def _older(self, search: Mapping[str, str], following: str | None) -> str | None:
        """Return where older decisions of the same search are; None if there are none."""
        if following is None:
            return None
        return "/decisions?" + urlencode({**search, "before": following})

    def _page_of(self, query: str) -> str:
        """Return the page of what was typed, if it is a reference or an event ID."""
        if not query or is_user_id(query) or is_room_id(query):
            return ""
        return f"/decisions/{path_part(query)}"

    def _since(self, hours: str) -> int:
        if not hours:
            return 0
        return max(0, self._clock.now_ts() - int(hours) * HOUR_MS)

    def _can(self, actor: Actor, community: str, room_id: str) -> dict[str, bool]:
        """Return which of the buttons are theirs to press in a community, and in a room of it."""
        permissions = self._commands.permissions
        here = Command.DECISIONS_ALLOW_HERE
        return {
            "allow_here": permissions.may_in_room(actor, here, room_id),
            **{
                name: self._pages.may_in(actor, command, community)
                for name, command in (
                    ("allow", Command.DECISIONS_ALLOW),
                    ("spam", Command.DECISIONS_SPAM),
                    ("trust", Command.TRUST_SET),
                    ("end_mute", Command.MUTES_END),
                )
            },
        }

    async def _sender(self, actor: Actor, decision: JsonObject, community: str) -> dict[str, Any]:
        """Return the sender's history here, standing and mutes."""
        sender = decision["sender"]
        if not sender:
            return {"history": [], "standing": None, "mutes": []}
        result = await self._commands.decisions.search(
            actor, DecisionQuery(sender=sender), limit=HISTORY + 1
        )
        history = [
            each for each in result["decisions"] if each["reference"] != decision["reference"]
        ]
        standing, mutes = None, []
        if self._pages.may_in(actor, Command.TRUST_SHOW, community):
            standing = await self._commands.trust.show(actor, user_id=sender, community=community)
            mutes = [
                mute
                for mute in self._commands.mutes.list(actor)["mutes"]
                if mute["user_id"] == sender and mute["community"] == community
            ]
        return {"history": history[:HISTORY], "standing": standing, "mutes": mutes}


def _notice(decision: JsonObject) -> str | None:
    """Return the sentence for the sender of a refused event; None if there is none any more."""
    if decision["verdict"] != Verdict.REFUSE.value or decision["details_gone"]:
        return None
    return refusal(decision["says"], decision["language"], reference=decision["reference"])


def _is_spam(decision: JsonObject) -> bool:
    """Return True if the last word on an event was that it was spam."""
    about = (OutcomeKind.SPAM.value, OutcomeKind.NOT_SPAM.value)
    kinds = [each["kind"] for each in decision["outcomes"] if each["kind"] in about]
    return kinds[-1:] == [OutcomeKind.SPAM.value]
