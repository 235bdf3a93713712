"""Verbs on appeals: those that are open, one of them, and its answer."""

from typing import Final

from countersign.ports.stores.review.appeals import AppealState
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.management.moments import moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import VerbGroup, verb
from countersign.service.management.wording import Exact, Foreign, Sentences, Wording

MAX_LISTED: Final = 20
ANSWERS: Final = {
    "grant": AppealState.GRANTED,
    "uphold": AppealState.UPHELD,
    "close": AppealState.CLOSED,
}


class AppealVerbs(VerbGroup):
    """Verbs over the commands on appeals."""

    @verb(
        f"appeals [REFERENCE | {'|'.join(ANSWERS)} REFERENCE [NOTE]]",
        does="appeals that wait, what one says, and answering it",
    )
    async def appeals(self, request: Request) -> Wording:
        """List, show or answer appeals."""
        match request.words:
            case ():
                return await self._list(request)
            case (reference,) if reference not in ANSWERS:
                return await self._show(request, reference)
            case (answer, reference, *note) if answer in ANSWERS:
                result = await self._commands.appeals.decide(
                    request.actor,
                    reference=reference,
                    answer=ANSWERS[answer],
                    note=" ".join(note),
                )
                wording = Wording.of(Exact(result["reference"]), f": {result['state']}.")
                if result["allowed_until_ts"]:
                    wording.line(f"The same passes until {moment(result['allowed_until_ts'])}.")
                return wording
        raise BadJson(f"Write appeals with a reference, or with {', '.join(ANSWERS)} before it.")

    async def _list(self, request: Request) -> Wording:
        result = await self._commands.appeals.list(
            request.actor, community=request.community, state=AppealState.OPEN
        )
        appeals = result["appeals"]
        wording = Wording.of(f"Appeals that wait for an answer: {len(appeals):,}.")
        for each in appeals[:MAX_LISTED]:
            wording.line(
                "• ", Exact(each["reference"]), f" {_due_in_words(each)}, in ", _room(each)
            )
        return wording

    async def _show(self, request: Request, reference: str) -> Wording:
        appeal = await self._commands.appeals.show(request.actor, reference)
        wording = Wording.of(
            Exact(appeal["reference"]), f": {appeal['state']}, made {moment(appeal['made_ts'])}, "
            f"{_due_in_words(appeal)}, in ", _room(appeal),
        )  # fmt: skip
        wording.line("It says: ", Sentences(appeal["text"]))
        for note in appeal["notes"]:
            wording.line(
                f"{moment(note['ts'])} ", Foreign(note["actor"]), ": ", Sentences(note["text"])
            )
        wording.line("Why it was refused: ", Exact(f"!cs why {appeal['reference']}"))
        return wording


def _due_in_words(appeal: JsonObject) -> str:
    return f"{'overdue since' if appeal['is_overdue'] else 'due'} {moment(appeal['due_ts'])}"


def _room(appeal: JsonObject) -> Foreign:
    return Foreign(appeal["room_name"] or appeal["room_id"])
