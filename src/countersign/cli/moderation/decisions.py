"""`countersign decisions`: what was decided, and why."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from countersign.cli import admin_client
from countersign.cli.durations import duration_ms, since_ts
from countersign.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    RoomOption,
    SenderOption,
    SinceOption,
)
from countersign.cli.output import (
    Column,
    advice,
    console,
    errors,
    fail,
    moment,
    print_json,
    print_table,
    printable,
)
from countersign.policy.decisions import Decision, DetailsGone, RecordedDecision, Verdict
from countersign.policy.findings import Mode
from countersign.protocol.errors import CountersignError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from countersign.config import Config
    from countersign.ports.stores.decisions import DecisionStore
    from countersign.ports.stores.evidence import Evidence
    from countersign.ports.stores.outcomes import Outcome

app = typer.Typer(no_args_is_help=True, help="What was decided, and why.")

ReferenceArgument = Annotated[
    str,
    typer.Argument(metavar="REF", help="The reference that the sender was given, or an event ID."),
]
SHOWN_CHARS: Final = 2_000
VERDICTS = {Verdict.SIGN: "[green]signed[/]", Verdict.REFUSE: "[red]refused[/]"}


@app.command("list")
def list_decisions(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    room: RoomOption = None,
    sender: SenderOption = None,
    verdict: Annotated[Verdict | None, typer.Option(help="Only of this kind.")] = None,
    step: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only where this step of the policy found something."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="7d", help="How far back: 90m, 12h, 7d; or a day or moment in UTC."),
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, max=1_000, help="How many at most.")
    ] = 50,
) -> None:
    """List the newest decisions first."""
    from countersign.bootstrap.stores import now_ts

    found, names, count = _read(
        config,
        lambda store: store.latest(
            room_id=room,
            sender=sender,
            verdict=verdict,
            step=step,
            since_ts=0 if since is None else since_ts(since, now_ts()),
            limit=limit,
        ),
    )
    if json:
        print_json([_as_json(recorded, names) for recorded in found])
        return
    print_table(
        (
            Column("When (UTC)", rank=4),
            Column("Reference", rank=0),
            Column("Decision", rank=1),
            Column("Sender", rank=3, min_chars=14),
            Column("Type", rank=5),
            Column("Room ID", rank=6),
            Column("Because", rank=2, min_chars=8),
            Column("Room", rank=2, min_chars=8),
        ),
        (
            (
                moment(recorded.decided_ts),
                recorded.reference,
                recorded.decision.verdict.value,
                recorded.sender or "-",
                recorded.event_type or "-",
                recorded.room_id,
                ", ".join(finding.label for finding in recorded.decision.findings)
                or ("-" if recorded.details_gone is None else "details deleted"),
                names.get(recorded.room_id, recorded.room_id),
            )
            for recorded in found
        ),
        empty=f"None of {count:,} decisions matches." if count else "No decisions yet.",
    )
    if not found and count and step is not None:
        _tell_steps(config, step)


def _tell_steps(config: Path, step: str) -> None:
    """Say which steps the policies have, if this is none of them."""
    from countersign.bootstrap.files import read_policies
    from countersign.config import read_config

    try:
        policies = read_policies(read_config(config))
    except CountersignError:
        return  # `policy status` tells what is wrong with them
    steps = {each.label for policy in policies.values() for each in policy.pipeline.steps}
    if step not in steps:
        errors.print(
            f"[yellow]No policy has a step {printable(step)}.[/] "
            f"There are: {printable(', '.join(sorted(steps)))}"
        )


@app.command("show")
def show(
    reference: ReferenceArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Show one decision as it was recorded."""
    found, names = _find(reference, config)
    if json:
        print_json([_as_json(recorded, names) for recorded in found])
        return
    for recorded in found:
        _show(recorded, names)


@app.command("why")
def why(
    reference: ReferenceArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Explain one decision: each filter's finding, what was said, and what was done afterwards."""
    from countersign.config import read_config

    settings = read_config(config)
    found, names = _find(reference, config)
    told = asyncio.run(_explanations(settings, found))
    if json:
        print_json(
            [
                {
                    **_as_json(recorded, names),
                    "archived": _archived(settings, recorded),
                    "texts": None if each.evidence is None else each.evidence.texts,
                    "outcomes": [_outcome_as_json(outcome) for outcome in each.outcomes],
                }
                for recorded, each in zip(found, told, strict=True)
            ]
        )
        return
    for recorded, each in zip(found, told, strict=True):
        _show(recorded, names)
        if recorded.details_gone is not None:
            console.print(_why_details_are_gone(settings, recorded))
        else:
            explain(recorded.decision)
            _tell_text(settings, recorded, each.evidence)
        for outcome in each.outcomes:
            _tell_outcome(outcome)
        if recorded.decision.says is not None:
            console.print(f"The sender read: {printable(recorded.decision.words or '')}")
        if recorded.decision.fingerprint is not None:
            allow = f"countersign decisions allow {recorded.reference}"
            console.print(f"To let it pass: {advice(allow)}")


@app.command("allow")
def allow(
    reference: ReferenceArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    lasts: Annotated[str, typer.Option("--for", metavar="24h", help="For how long.")] = "24h",
    json: JsonOption = False,
) -> None:
    """Let the same words of the same sender pass when they are sent again.

    The refused event itself cannot be revived. It counts as a false positive of the filters that
    refused it.
    """
    from countersign.config import read_config

    body = {"reference": reference, "lasts_ms": duration_ms(lasts)}
    for answer in admin_client.post(read_config(config), "/_countersign/v1/decisions/allow", body):
        allowed = answer["allowed"]
        if json:
            print_json(allowed)
            continue
        console.print(
            f"{printable(allowed['sender'])} may send it again until "
            f"{moment(allowed['until_ts'])} UTC. Ask them to."
        )


@app.command("stats")
def stats(
    config: ConfigOption = DEFAULT_CONFIG,
    since: SinceOption = "7d",
    room: RoomOption = None,
    json: JsonOption = False,
) -> None:
    """Count what each filter refused, would have refused, and was wrong about."""
    from countersign.bootstrap.stores import now_ts, open_stores_for_reading
    from countersign.config import read_config
    from countersign.policy.statistics import Statistics

    statistics = Statistics()
    settings, from_ts = read_config(config), since_ts(since, now_ts())

    async def read() -> int:
        async with open_stores_for_reading(settings) as stores:
            decisions = stores.decisions
            decided = await decisions.review(from_ts, statistics.take, room_id=room)
            outcomes = await stores.outcomes.since(from_ts)
            # What was allowed twice was one false positive.
            for outcome in {(each.kind, each.reference): each for each in outcomes}.values():
                about = [] if room is None else await decisions.by_reference(outcome.reference)
                if room is None or any(each.room_id == room for each in about):
                    statistics.take_outcome(outcome.kind.value, outcome.steps)
            return decided

    decided = asyncio.run(read())
    if json:
        print_json(
            {
                "decisions": decided,
                "steps": [
                    {
                        "step": step.step,
                        "refused": step.refused,
                        "warned": step.warned,
                        "spared": step.spared,
                        "shadow": step.shadow,
                        "people": len(step.people),
                        "shadow_people": len(step.shadow_people),
                        "allowed": step.allowed,
                        "kinds": sorted(kind.value for kind in step.kinds),
                    }
                    for step in statistics.steps()
                ],
            }
        )
        return
    console.print(f"{decided:,} decisions since {moment(from_ts)} UTC")
    print_table(
        (
            Column("Step", rank=0),
            Column("Refused", rank=1),
            Column("Warned", rank=5),
            Column("Shadow", rank=4),
            Column("People", rank=3),
            Column("Allowed later", rank=2),
            Column("Spared", rank=6),
            Column("Kind", rank=7),
        ),
        (
            (
                step.step,
                str(step.refused),
                str(step.warned),
                f"{step.shadow} ({len(step.shadow_people)} people)" if step.shadow else "0",
                str(len(step.people)),
                str(step.allowed),
                str(step.spared),
                ", ".join(sorted(kind.value for kind in step.kinds)) or "-",
            )
            for step in statistics.steps()
        ),
        empty="No filter had anything to say.",
    )


_IN_WORDS: Final = {
    Mode.ENFORCE: "refuses it",
    Mode.WARN: "warns of it",
    Mode.SHADOW: "would refuse it (shadow)",
    Mode.OFF: "is off",
}


def explain(decision: Decision) -> None:
    """Print what each filter found, for moderators, and what follows from it all."""
    if not decision.findings:
        console.print("No filter had anything against it.")
    for finding in decision.findings:
        weight = "" if finding.weight is None else f", with weight {finding.weight}"
        name = printable(finding.label)
        if finding.label != finding.filter:
            name += f" ({printable(finding.filter)})"
        console.print(f"[bold]{name}[/] {_IN_WORDS[finding.mode]}{weight}")
        console.print(f"  because: {printable(finding.reason)}")
        if finding.value is not None:
            limit = "" if finding.limit is None else f", limit: {printable(str(finding.limit))}"
            console.print(f"  found: {printable(str(finding.value))}{limit}")
        console.print(f"  harm: {printable(finding.harm.value)}, kind: {finding.kind.value}")
    if decision.threshold is not None:
        console.print(f"The score is {decision.score}; from {decision.threshold} on it counts.")
    if decision.trust is not None:
        console.print(f"The sender was trusted as: {decision.trust.value}")
    if decision.spared_by is not None:
        console.print(f"It was signed nevertheless: {printable(decision.spared_by)}.")
    if decision.is_warning:
        console.print("It is a warning: the same words pass when they are sent again.")


class _Told(NamedTuple):
    """What explains a decision besides itself."""

    evidence: "Evidence | None"
    outcomes: "list[Outcome]"


async def _explanations(settings: "Config", found: list[RecordedDecision]) -> list[_Told]:
    from countersign.bootstrap.stores import open_stores_for_reading

    async with open_stores_for_reading(settings) as stores:
        return [
            _Told(await stores.evidence.find(each.key), await stores.outcomes.of(each))
            for each in found
        ]


def _why_details_are_gone(settings: "Config", recorded: RecordedDecision) -> str:
    if recorded.details_gone is DetailsGone.REQUEST:
        return "The details of this decision were deleted because its sender was erased."
    decided = recorded.decision.verdict
    kept_ms = settings.retention.signed if decided is Verdict.SIGN else settings.retention.refused
    kind = "signed" if decided is Verdict.SIGN else "refused"
    days = "" if kept_ms is None else f" after {kept_ms // 86_400_000} days"
    return (
        f"The details of this decision were deleted{days}, as the settings say "
        f"(retention: {kind}). The verdict stands for ever."
    )


def _tell_outcome(outcome: "Outcome") -> None:
    """Print what somebody did about a decision."""
    who = f" by {printable(outcome.actor)}" if outcome.actor else ""
    note = f": {printable(outcome.note)}" if outcome.note else ""
    console.print(f"{moment(outcome.happened_ts)} UTC: {outcome.kind.value}{who}{note}")


def _outcome_as_json(outcome: "Outcome") -> dict[str, Any]:
    return {
        "kind": outcome.kind.value,
        "actor": outcome.actor or None,
        "happened_ts": outcome.happened_ts,
        "note": outcome.note,
        "steps": outcome.steps,
    }


def _show(recorded: RecordedDecision, names: "Mapping[str, str]") -> None:
    console.print(f"{VERDICTS[recorded.decision.verdict]} {printable(recorded.event_id)}")
    name = names.get(recorded.room_id)
    for title, value in (
        ("reference", recorded.reference),
        ("when", f"{moment(recorded.decided_ts)} UTC"),
        ("sender", recorded.sender),
        ("type", recorded.event_type),
        ("room", recorded.room_id if name is None else f"{recorded.room_id} ({name})"),
        ("first asked by", recorded.asked_by),
        ("policy revision", recorded.decision.policy_revision),
    ):
        if not value:
            continue
        console.print(f"  {title:16}{printable(value)}")


def _tell_text(settings: "Config", recorded: RecordedDecision, evidence: "Evidence | None") -> None:
    """Print what the event said, or why that is not known."""
    if evidence is not None:
        _print_texts(evidence.texts)
        if evidence.is_cut:
            console.print("  [dim]… (no more is kept of one event)[/]")
        return
    from countersign.bootstrap.archives import find_archived

    try:
        found = find_archived(settings, recorded)
    except CountersignError as error:
        console.print(f"[yellow]What it said is not known:[/] {printable(str(error))}")
        return
    if len(found) > 1:
        console.print("Its sender sent several events at that moment; it is one of these.")
    for each in found:
        _print_texts([text.raw for text in each.event.seen.texts])
    if found:
        return
    if recorded.decision.verdict is Verdict.REFUSE and settings.retention.evidence == 0:
        console.print(
            "What it said is not known: texts of refused events are not kept "
            "(settings: retention: {evidence: off})."
        )
        return
    if recorded.decision.verdict is Verdict.REFUSE:
        console.print(
            "What it said is not known. Texts of refused events are kept from a second after the "
            "refusal on, as long as the settings say (retention: evidence), and until their "
            "sender redacts them."
        )
        return
    if settings.archive.is_on:
        days = settings.archive.retention_days
        console.print(
            "What it said is not known: the archive has it not. It keeps what was decided in the "
            f"last {days} day{'s' * (days != 1)} while it is on, a second after the decision."
        )
    else:
        console.print(
            "What it said is not known: the archive is off. To keep what is decided from now on, "
            f"add this to {printable(str(settings.file))} and start the server again:\n"
            "  archive: {is_on: true}"
        )


def _print_texts(texts: "Sequence[str]") -> None:
    console.print("It said:" if texts else "It held no text.")
    for line in "\n".join(texts)[:SHOWN_CHARS].splitlines():
        console.print(f"  {printable(line)}")
    if sum(map(len, texts)) > SHOWN_CHARS:
        console.print("  [dim]… (--json shows all)[/]")


def _archived(settings: "Config", recorded: RecordedDecision) -> list[dict[str, Any]]:
    """Return the archived events that the decision may be about: one, or none."""
    from countersign.bootstrap.archives import find_archived

    return [
        {"state_key": each.event.state_key, "content": each.event.content}
        for each in find_archived(settings, recorded)
    ]


def _find(reference: str, config: Path) -> tuple[list[RecordedDecision], dict[str, str]]:
    found, names, _ = _read(config, lambda store: store.by_reference(reference))
    if not found:
        fail(
            f"No decision is known by {reference!r}. Give a reference or an event ID; the latest "
            "are listed by: countersign decisions list"
        )
    return found, names


def _read(
    config: Path, query: "Callable[[DecisionStore], Awaitable[list[RecordedDecision]]]"
) -> tuple[list[RecordedDecision], dict[str, str], int]:
    """Return what is asked for, the names of rooms by their IDs, and how many decisions there are.

    They are counted only if nothing was found.
    """
    from countersign.bootstrap.stores import open_stores_for_reading
    from countersign.config import read_config

    settings = read_config(config)

    async def read() -> tuple[list[RecordedDecision], dict[str, str], int]:
        async with open_stores_for_reading(settings) as stores:
            found = await query(stores.decisions)
            count = len(found) or await stores.decisions.count()
            return found, await stores.rooms.names(), count

    return asyncio.run(read())


def _as_json(recorded: RecordedDecision, names: "Mapping[str, str]") -> dict[str, Any]:
    return {
        "reference": recorded.reference,
        "event_id": recorded.event_id,
        "room_id": recorded.room_id,
        "room_name": names.get(recorded.room_id),
        "sender": recorded.sender,
        "event_type": recorded.event_type,
        "asked_by": recorded.asked_by,
        "decided_ts": recorded.decided_ts,
        "details_gone": recorded.details_gone and recorded.details_gone.value,
        **recorded.decision.to_json(),
    }
