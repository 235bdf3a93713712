"""Verbs on commands that wait for a second person."""

from countersign.service.commands.actors.confirmations import Confirmations
from countersign.service.management.moments import moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import Verb
from countersign.service.management.wording import Exact, Foreign, Sentences, Wording


class ConfirmationVerbs:
    """Verbs over the commands that wait."""

    def __init__(self, confirmations: Confirmations) -> None:
        self._confirmations = confirmations

    def all(self) -> tuple[Verb, ...]:
        """Return the verbs."""
        return (
            Verb(
                name="confirm",
                usage="confirm [REFERENCE]",
                does="what waits for a second person, and confirming it",
                run=self.confirm,
            ),
            Verb(
                name="decline",
                usage="decline REFERENCE",
                does="declines what waits for a second person",
                run=self.decline,
            ),
        )

    async def confirm(self, request: Request) -> Wording:
        """Show what waits, or confirm one and have it carried out."""
        if not request.words:
            return await self._list(request)
        done = await self._confirmations.confirm(request.actor, request.words[0])
        return Wording.of("Confirmed and done: ", Exact(done["command"]))

    async def decline(self, request: Request) -> Wording:
        """Decline one; nothing changes."""
        done = await self._confirmations.decline(request.actor, request.reference())
        return Wording.of("Declined: ", Sentences(done["summary"]))

    async def _list(self, request: Request) -> Wording:
        waiting = await self._confirmations.list(request.actor)
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
