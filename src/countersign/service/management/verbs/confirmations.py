"""Verbs on commands that wait for a second person."""

from countersign.service.management.moments import moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import VerbGroup, verb
from countersign.service.management.wording import Exact, Foreign, Sentences, Wording


class ConfirmationVerbs(VerbGroup):
    """Verbs over the commands that wait."""

    @verb("confirm [REFERENCE]", does="what waits for a second person, and confirming it")
    async def confirm(self, request: Request) -> Wording:
        """Show what waits, or confirm one and have it carried out."""
        if not request.words:
            return await self._list(request)
        result = await self._commands.confirmations.confirm(request.actor, request.words[0])
        return Wording.of("Confirmed and done: ", Exact(result["command"]))

    @verb("decline REFERENCE", does="declines what waits for a second person")
    async def decline(self, request: Request) -> Wording:
        """Decline one; nothing changes."""
        result = await self._commands.confirmations.decline(request.actor, request.reference())
        return Wording.of("Declined: ", Sentences(result["summary"]))

    async def _list(self, request: Request) -> Wording:
        waiting = await self._commands.confirmations.list(request.actor)
        if not waiting:
            return Wording.of("Nothing waits for a second person.")
        wording = Wording.of("These wait for a second person:")
        for each in waiting:
            wording.line(
                "• ", Exact(each["reference"]), " by ", Foreign(each["asked_by"]),
                f", until {moment(each['expires_ts'])}: ", Sentences(each["summary"]),
            )  # fmt: skip
        wording.line("Confirm one with ", Exact("!cs confirm REFERENCE"), "; not your own.")
        return wording
