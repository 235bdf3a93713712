"""Verbs on decisions: why an event was refused, allowing it, and marking it as spam."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from countersign.policy.harms import Harm
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson, CountersignError
from countersign.service.errors import NotFound
from countersign.service.management.moments import moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import VerbGroup, verb
from countersign.service.management.wording import Exact, Foreign, Sentences, Wording

MAX_SHOWN: Final = 3
MAX_FINDINGS: Final = 8
MAX_AT_ONCE: Final = 20


class DecisionVerbs(VerbGroup):
    """Verbs over the commands on decisions and on spam."""

    @verb("why REFERENCE", does="why an event was refused or signed")
    async def why(self, request: Request) -> Wording:
        """Answer with the decision and its findings; the event's text is not shown in a room."""
        decisions = await self._commands.decisions.explain(request.actor, request.reference())
        wording = Wording()
        for decision in decisions[:MAX_SHOWN]:
            _explain(wording, decision)
        return wording

    @verb(
        "allow REFERENCE [for 2h]",
        does="let the same words of the same sender pass when they are sent again",
    )
    async def allow(self, request: Request) -> Wording:
        """Allow the named decision, or all decisions of an alert."""
        lasts_ms, words = request.duration()

        async def allow(reference: str) -> JsonObject:
            return await self._commands.decisions.allow(
                request.actor, reference=reference, lasts_ms=lasts_ms
            )

        results = await _each(_references(request, words), allow)
        until_ts = max(answer["allowed"]["until_ts"] for _, answer in results.made)
        wording = Wording.of("Allowed until ", moment(until_ts), ": ", *results.listed())
        wording.line("The sender must send it again.")
        results.add_failures(wording)
        return wording

    @verb(
        "spam REFERENCE [REASON] | spam not REFERENCE",
        does="say that an event was spam, which its links and its sender are held to; "
        "take that back",
    )
    async def spam(self, request: Request) -> Wording:
        """Mark an event, or all events of an alert, as spam; or remove the marks."""
        match request.words:
            case ("not", reference):
                await self._commands.spam.unmark(request.actor, reference=reference)
                return Wording.of("No spam any more: ", Exact(reference))
            case ("not", *_):
                raise BadJson("Write spam not with one reference.")
        reason = " ".join(request.words[1:])

        async def mark(reference: str) -> JsonObject:
            return await self._commands.spam.mark(request.actor, reference=reference, reason=reason)

        results = await _each(_references(request, request.words[:1]), mark)
        indicators = sum(len(answer["indicators"]) for _, answer in results.made)
        untrusted = sum(bool(answer["is_untrusted"]) for _, answer in results.made)
        wording = Wording.of("Marked as spam: ", *results.listed())
        wording.line(
            f"{indicators:,} links, contacts and wallets are bad for 30 days; of the senders "
            f"{untrusted:,} are untrusted for a week."
        )
        results.add_failures(wording)
        return wording


class _Done(NamedTuple):
    """Result of a command for several references.

    Attributes:
        made: references with their answers, at least one.
        failures: the reasons for the others.
    """

    made: list[tuple[str, JsonObject]]
    failures: list[CountersignError]

    def listed(self) -> list[str]:
        """Return the references that have an answer, as parts of a line."""
        parts: list[str] = []
        for reference, _ in self.made:
            parts += [", ", Exact(reference)]
        return parts[1:]

    def add_failures(self, wording: Wording) -> None:
        """Add a line on the others, if there are any."""
        if self.failures:
            wording.line(f"Not for {len(self.failures)}: ", Sentences(str(self.failures[0])))


def _references(request: Request, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the named reference, or else all references of the message replied to."""
    if not words and request.about is not None and request.about.references:
        return request.about.references[:MAX_AT_ONCE]
    return (words[0] if words else request.reference(),)


async def _each(references: tuple[str, ...], give: Callable[[str], Awaitable[JsonObject]]) -> _Done:
    """Run a command for each reference.

    Raises:
        CountersignError: it failed for all of them.
    """
    results = _Done([], [])
    for reference in references:
        try:
            results.made.append((reference, await give(reference)))
        except (BadJson, NotFound) as error:
            results.failures.append(error)
    if not results.made:
        raise results.failures[0]
    return results


def _explain(wording: Wording, decision: JsonObject) -> None:
    verdict = "signed" if decision["verdict"] == "sign" else "refused"
    wording.line(
        Exact(decision["reference"]), f": {verdict} on {moment(decision['decided_ts'])}, in ",
        Foreign(decision["room_name"] or decision["room_id"]),
    )  # fmt: skip
    if decision["details_gone"]:
        wording.line("Its details are not kept any more.")
        return
    wording.line("Sender ", Foreign(decision["sender"]), ", type ", Foreign(decision["event_type"]))
    if decision.get("harms"):
        wording.line("Harm: ", ", ".join(harm_in_words(each) for each in decision["harms"]))
    for finding in decision["findings"][:MAX_FINDINGS]:
        _add_finding(wording, finding)
    for sentence in decision["sum"]:
        wording.line(sentence)
    for sentence in decision["advice"]:
        wording.line(sentence, " ", Exact(f"!cs trust {decision['sender']} trusted our bot"))
    if decision.get("says"):
        wording.line("The sender was told: ", Sentences(decision["says"]))
    for outcome in decision["outcomes"]:
        wording.line(
            f"{moment(outcome['happened_ts'])}: {outcome['kind']} by ",
            Foreign(outcome["actor"] or "the server"),
        )


def _add_finding(wording: Wording, finding: dict[str, Any]) -> None:
    weight = finding["weight"]
    alone = {"shadow": "in shadow", "warn": "warns"}.get(finding["mode"], "alone")
    strength = alone if weight is None else f"{weight} points"
    parts = ["• ", Exact(finding["step"] or finding["filter"]), f" ({strength})"]
    if finding["reason"]:
        parts += [": ", Foreign(finding["reason"])]
    wording.line(*parts)


def harm_in_words(harm: str) -> str:
    """Return a harm by its short name, such as `spam.fraud`."""
    prefix = Harm.SPAM.value.removesuffix("spam")
    return harm.removeprefix(prefix)
