"""Verbs on the review queue: list it, take or hand over an incident, decide it by one example."""

from typing import Final

from countersign.ports.stores.review.reviews import ReviewAnswer
from countersign.protocol.errors import BadJson
from countersign.service.management.moments import duration_in_words
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import VerbGroup, verb
from countersign.service.management.wording import Exact, Foreign, Sentences, Wording

MAX_LISTED: Final = 15
ABOUT_PEOPLE_HERE: Final = (
    "Reports about people in this room: {count}. The dashboard shows them to everybody else."
)
ANSWERS: Final = tuple(each.value for each in ReviewAnswer)


class ReviewVerbs(VerbGroup):
    """Verbs over the commands on the review queue."""

    @verb(
        f"review [take REFERENCE | hand REFERENCE [NOTE] | {'|'.join(ANSWERS)} "
        "REFERENCE [for 2h] [NOTE]]",
        does="what waits for a moderator; looking at it, handing it over, deciding all of "
        "an incident on one example",
    )
    async def review(self, request: Request) -> Wording:
        """List the queue, or take, hand over or decide one incident."""
        lasts_ms, words = request.duration()
        match words:
            case ():
                return await self._list(request)
            case ("take", reference):
                result = await self._commands.reviews.take(request.actor, reference=reference)
                return Wording.of("You look at ", Exact(result["reference"]))
            case ("hand", reference, *note):
                result = await self._commands.reviews.hand_over(
                    request.actor, reference=reference, note=" ".join(note)
                )
                return Wording.of("Left to others: ", Exact(result["reference"]))
            case (answer, reference, *note) if answer in ANSWERS:
                return await self._decide(request, answer, reference, " ".join(note), lasts_ms)
        raise BadJson(f"Write review, or take, hand, {', '.join(ANSWERS)} with a reference.")

    async def _decide(
        self, request: Request, answer: str, reference: str, note: str, lasts_ms: int | None
    ) -> Wording:
        result = await self._commands.reviews.decide(
            request.actor, reference=reference, answer=answer, lasts_ms=lasts_ms, note=note
        )
        wording = Wording.of(
            Exact(result["reference"]), f": {result['answer']}, {result['decided']:,} decided."
        )
        if result["left"]:
            wording.line(f"{result['left']:,} are left: give the command again.")
        for trouble in result["troubles"]:
            wording.line("Not for one: ", Sentences(str(trouble)))
        return wording

    async def _list(self, request: Request) -> Wording:
        queue = await self._commands.review_queue.list(request.actor, community=request.community)
        cut = f" Of the latest {queue['refusals']:,} refusals only." if queue["is_cut"] else ""
        wording = Wording.of(f"Waiting for a moderator: {queue['open']:,}.{cut}")
        # Whom somebody reported must not read of it here.
        hidden = [
            each for each in queue["items"] if each["reporters"] and request.is_here(each["name"])
        ]
        shown = [each for each in queue["items"] if each not in hidden]
        for item in shown[:MAX_LISTED]:
            actor_words = [", ", Foreign(item["actor"])] if item["actor"] else []
            count = f"{item['refused']:,} refused"
            if item["reporters"]:
                count = f"reported by {item['reporters']:,}"
            wording.line(
                "• ", Exact(item["reference"]), f": {', '.join(item['because'])}, {count},"
                f" for {duration_in_words(item['waits_ms'])}, {item['state']}", *actor_words,
            )  # fmt: skip
        if hidden:
            wording.line(ABOUT_PEOPLE_HERE.format(count=f"{len(hidden):,}"))
        return wording
