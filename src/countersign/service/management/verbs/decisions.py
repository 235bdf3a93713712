"""Verbs on decisions: why something was refused, and letting it pass."""

from typing import Any, Final

from countersign.policy.harms import Harm
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson, CountersignError
from countersign.service.commands.moderation.decisions import DecisionCommands
from countersign.service.management.moments import moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import Verb
from countersign.service.management.wording import Exact, Foreign, Sentences, Wording

MAX_SHOWN: Final = 3
MAX_FINDINGS: Final = 8
MAX_ALLOWED_AT_ONCE: Final = 20


class DecisionVerbs:
    """Verbs over the commands on decisions."""

    def __init__(self, decisions: DecisionCommands) -> None:
        self._decisions = decisions

    def all(self) -> tuple[Verb, ...]:
        """Return the verbs."""
        return (
            Verb(
                name="why",
                usage="why REFERENCE",
                does="why an event was refused or signed",
                run=self.why,
            ),
            Verb(
                name="allow",
                usage="allow REFERENCE [for 2h]",
                does="let the same words of the same sender pass when they are sent again",
                run=self.allow,
            ),
        )

    async def why(self, request: Request) -> Wording:
        """Answer with what was decided and what it rests on; the text is not shown in a room."""
        found = await self._decisions.explain(request.actor, request.reference())
        wording = Wording()
        for decision in found[:MAX_SHOWN]:
            _explain(wording, decision)
        return wording

    async def allow(self, request: Request) -> Wording:
        """Allow one decision: the one that is named, or all those that an alert names."""
        lasts_ms, words = request.duration()
        about = request.about.references if request.about is not None and not words else ()
        references = about[:MAX_ALLOWED_AT_ONCE] or (words[0] if words else request.reference(),)
        allowed: list[str] = []
        failures: list[CountersignError] = []
        until_ts = 0
        for reference in references:
            try:
                answer = await self._decisions.allow(
                    request.actor, reference=reference, lasts_ms=lasts_ms
                )
            except BadJson as error:
                failures.append(error)
                continue
            allowed.append(reference)
            until_ts = answer["allowed"]["until_ts"]
        if not allowed:
            raise failures[0]
        wording = Wording()
        wording.line("Allowed until ", moment(until_ts), ": ", *_listed(allowed))
        wording.line("The sender must send it again.")
        if failures:
            wording.line(f"{len(failures)} could not be allowed: ", Sentences(str(failures[0])))
        return wording


def _listed(references: list[str]) -> list[str]:
    parts: list[str] = []
    for each in references:
        parts += [", ", Exact(each)]
    return parts[1:]


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
        _tell_finding(wording, finding)
    for sentence in decision["sum"]:
        wording.line(sentence)
    if decision.get("says"):
        wording.line("The sender was told: ", Sentences(decision["says"]))
    for outcome in decision["outcomes"]:
        wording.line(
            f"{moment(outcome['happened_ts'])}: {outcome['kind']} by ",
            Foreign(outcome["actor"] or "the server"),
        )


def _tell_finding(wording: Wording, finding: dict[str, Any]) -> None:
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
