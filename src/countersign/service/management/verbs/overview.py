"""Verbs for an overview: the community's status, help, and one's own role."""

from collections.abc import Sequence
from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Verdict
from countersign.ports.stores.decisions import DecisionQuery
from countersign.service.management.requests import PREFIX, Request
from countersign.service.management.verbs.rooms import joined_rooms
from countersign.service.management.verbs.verb import Verb, VerbGroup, verb
from countersign.service.management.wording import Exact, Foreign, Wording

MAX_COUNTED: Final = 200


class OverviewVerbs(VerbGroup):
    """Verbs over several commands at once."""

    @verb("status", does="how the community stands")
    async def status(self, request: Request) -> Wording:
        """Answer with raid mode, refusals of the last day, mutes, rooms and the policy."""
        actor, community = request.actor, request.community
        raids = [
            each for each in self._commands.raids.status(actor) if each["community"] == community
        ]
        since_ts = self._clock.now_ts() - DAY_MS
        refused = await self._commands.decisions.search(
            actor, DecisionQuery(verdict=Verdict.REFUSE, since_ts=since_ts), limit=MAX_COUNTED
        )
        count = len(refused["decisions"])
        mutes = self._commands.mutes.list(actor)["mutes"]
        rooms = joined_rooms(await self._commands.rooms.list(actor), community)
        wording = Wording.of("Raid mode is ", "on." if raids else "off.")
        at_least = "at least " if count == MAX_COUNTED else ""
        wording.line(f"Refused within a day: {at_least}{count:,} events.")
        wording.line(
            f"People who are muted: {sum(each['community'] == community for each in mutes):,}."
        )
        troubled = sum(bool(each["alerts"]) for each in rooms)
        wording.line(f"Rooms: {len(rooms):,}, of which {troubled:,} have alerts (!cs rooms).")
        policies = await self._commands.policies.status(actor)
        for each in policies["communities"]:
            if each["name"] == community:
                wording.line("Policy in force: revision ", Exact(each["revision"]))
        return wording


def help_on(verbs: Sequence[Verb]) -> Wording:
    """Return the commands that can be written in a management room."""
    wording = Wording.of("What moderators can write here:")
    for each in verbs:
        wording.line("• ", Exact(f"{PREFIX} {each.usage}"), f": {each.does}")
    wording.line("• ", Exact(f"{PREFIX} whoami"), ": which role you have here")
    wording.line(
        "On alerts: ✅ allows, 🚫 marks as spam, ❓ explains; ✋ holds back, 🔓 ends raid mode."
    )
    return wording


def whoami(request: Request) -> Wording:
    """Answer with the sender's role."""
    role = request.actor.role_in(request.community)
    return Wording.of(
        Foreign(request.actor.name), f": {role}, in the community ", Exact(request.community)
    )
