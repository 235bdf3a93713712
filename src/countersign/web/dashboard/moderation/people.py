"""`/people`: levels of trust that moderators set, mutes, and the trust of one person."""

from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.policy.measures.trust_records import Trust
from countersign.ports.stores.decisions import DecisionQuery
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_user_id
from countersign.service.commands.actors.permissions import Command
from countersign.web.dashboard.forms import Form, session_of
from countersign.web.dashboard.long_lists import listed_part
from countersign.web.dashboard.pages import Done, PageGroup, Sent, served_at, submitted
from countersign.web.dashboard.shown import path_part
from countersign.web.http.requests import path_parameter
from countersign.web.pages.answers import see_other

HISTORY: Final = 20
MAX_TOLD: Final = 12
LEVELS: Final = tuple(level.value for level in Trust)


class PeoplePages(PageGroup):
    """Everybody of whom a moderator said something, and the page of one person."""

    @served_at("/people")
    async def index(self, request: Request) -> ASGIApp:
        """Answer with those who were given a level, and those who are muted."""
        actor = session_of(request).actor
        search = request.query_params.get("q", "").strip()
        if search:
            if not is_user_id(search):
                raise BadJson("Give a user ID, such as @alice:example.org.")
            return see_other(f"/people/{path_part(search)}")
        mutes = self._commands.mutes.list(actor)["mutes"]
        levels = await self._commands.trust.list(actor)
        shown_mutes, more_mutes = listed_part(request, mutes, "mutes_from")
        shown_given, more_given = listed_part(request, levels, "levels_from")
        values = {
            "given": shown_given,
            "given_count": len(levels),
            "more_given": more_given,
            "mutes": shown_mutes,
            "mutes_count": len(mutes),
            "more_mutes": more_mutes,
            "may_unmute": self._pages.communities(actor, Command.MUTES_END),
            "may_mute_many": self._pages.communities(actor, Command.MUTES_BEGIN_MANY),
        }
        return await self._pages.answer(request, "people.html", values)

    @served_at("/people/{user_id}")
    async def show(self, request: Request) -> ASGIApp:
        """Answer with a person's trust in a community, and the decisions on their events."""
        actor = session_of(request).actor
        user_id = path_parameter(request, "user_id")
        communities = self._pages.communities(actor, Command.TRUST_SHOW)
        community = request.query_params.get("community") or (
            communities[0] if communities else None
        )
        standing = await self._commands.trust.show(actor, user_id=user_id, community=community)
        decisions = await self._commands.decisions.search(
            actor, DecisionQuery(sender=user_id), limit=HISTORY
        )
        mutes = self._commands.mutes.list(actor)["mutes"]
        values = {
            "standing": standing,
            "communities": communities,
            "levels": LEVELS,
            "history": decisions["decisions"],
            "mutes": [mute for mute in mutes if mute["user_id"] == user_id],
            "may_trust": self._pages.may_in(actor, Command.TRUST_SET, standing["community"]),
            "may_unmute": self._pages.communities(actor, Command.MUTES_END),
        }
        return await self._pages.answer(request, "person.html", values)

    @submitted("/people/trust")
    async def trust(self, sent: Sent) -> Done:
        """Set a user's level of trust, or remove it."""
        standing = await self._commands.trust.set_level(
            sent.actor,
            user_id=sent.form.text("user_id"),
            level=sent.form.text("level") or None,
            community=sent.form.text("community") or None,
            lasts_ms=sent.form.duration_ms("hours"),
            reason=sent.form.text("reason"),
        )
        level, community = standing["level"], standing["community"]
        return Done(
            f"{standing['user_id']} is {level} in {community} now.",
            _back(sent.form, f"/people/{path_part(standing['user_id'])}"),
            is_undoable=True,
        )

    @submitted("/people/unmute")
    async def unmute(self, sent: Sent) -> Done:
        """End a user's mutes."""
        await self._commands.mutes.end(
            sent.actor,
            user_id=sent.form.text("user_id"),
            community=sent.form.text("community") or None,
            reason=sent.form.text("reason"),
        )
        return Done(f"{sent.form.text('user_id')} may write again.", _back(sent.form, "/people"))

    @submitted("/people/many")
    async def mute_many(self, sent: Sent) -> Done:
        """Mute several people, or everybody who took part in an incident; or end their mutes."""
        incident = sent.form.text("incident") or None
        about: dict[str, Any] = {
            "incident": incident,
            "user_ids": None if incident else sent.form.text("user_ids").replace(",", " ").split(),
            "community": sent.form.text("community") or None,
            "reason": sent.form.text("reason"),
        }
        commands = self._commands.bulk_mutes
        if sent.form.text("do") == "end":
            result = await commands.end(sent.actor, **about)
            words = [f"{len(result['people']):,} people may write again in {result['community']}."]
        else:
            lasts_ms = sent.form.duration_ms("hours")
            result = await commands.begin(sent.actor, **about, lasts_ms=lasts_ms)
            words = [f"{len(result['people']):,} people are muted in {result['community']} now."]
        words += [
            f"{user_id} is left out: {reason}." for user_id, reason in result["skipped"].items()
        ]
        return Done("\n".join(words[:MAX_TOLD]), "/people", is_undoable=True)


def _back(form: Form, otherwise: str) -> str:
    """Return the page of ours from which a form came."""
    path = form.text("back")
    is_ours = path.isascii() and path.isprintable() and path.startswith("/decisions/")
    return path if is_ours else otherwise
