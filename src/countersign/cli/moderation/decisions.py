"""`countersign decisions`: what was decided, and why."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from countersign.cli import admin_client
from countersign.cli.durations import duration_ms
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from countersign.cli.output import console, fail, moment, print_json, print_table, printable
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.findings import Mode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from countersign.ports.stores.decisions import DecisionStore

app = typer.Typer(no_args_is_help=True, help="What was decided, and why.")

ReferenceArgument = Annotated[
    str,
    typer.Argument(metavar="REF", help="The reference that the sender was given, or an event ID."),
]
VERDICTS = {Verdict.SIGN: "[green]signed[/]", Verdict.REFUSE: "[red]refused[/]"}


@app.command("list")
def list_decisions(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    room: Annotated[str | None, typer.Option(metavar="ROOM_ID", help="Only of this room.")] = None,
    sender: Annotated[
        str | None, typer.Option(metavar="USER_ID", help="Only of this user's events.")
    ] = None,
    verdict: Annotated[Verdict | None, typer.Option(help="Only of this kind.")] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, max=1_000, help="How many at most.")
    ] = 50,
) -> None:
    """List the newest decisions first."""
    found = _read(
        config,
        lambda store: store.latest(room_id=room, sender=sender, verdict=verdict, limit=limit),
    )
    if json:
        print_json([_as_json(recorded) for recorded in found])
        return
    print_table(
        ("When (UTC)", "Reference", "Decision", "Sender", "Type", "Room", "Because"),
        (
            (
                moment(recorded.decided_ts),
                recorded.reference,
                recorded.decision.verdict.value,
                recorded.sender,
                recorded.event_type,
                recorded.room_id,
                ", ".join(finding.label for finding in recorded.decision.findings) or "-",
            )
            for recorded in found
        ),
        empty="No decisions yet.",
    )


@app.command("show")
def show(
    reference: ReferenceArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Show one decision as it was recorded."""
    found = _find(reference, config)
    if json:
        print_json([_as_json(recorded) for recorded in found])
        return
    for recorded in found:
        _show(recorded)


@app.command("why")
def why(
    reference: ReferenceArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Explain one decision: each filter's finding, with what it measured and its limit."""
    found = _find(reference, config)
    if json:
        print_json([_as_json(recorded) for recorded in found])
        return
    for recorded in found:
        _show(recorded)
        explain(recorded.decision)
        if recorded.decision.says is not None:
            console.print(f"The sender read: {printable(recorded.decision.words or '')}")
        if recorded.decision.fingerprint is not None:
            console.print(f"To let it pass: countersign decisions allow {recorded.reference}")


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
    since: Annotated[str, typer.Option(metavar="7d", help="How far back.")] = "7d",
    json: JsonOption = False,
) -> None:
    """Count what each filter refused, would have refused, and was wrong about."""
    from countersign.bootstrap.stores import open_statistics
    from countersign.config import read_config
    from countersign.policy.statistics import Statistics

    statistics = Statistics()

    async def read() -> int:
        async with open_statistics(read_config(config), duration_ms(since)) as source:
            decided = await source.decisions.review(source.since_ts, statistics.take)
            statistics.take_allowances(source.allowances)
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
                    }
                    for step in statistics.steps()
                ],
            }
        )
        return
    console.print(f"{decided:,} decisions in the last {since}")
    print_table(
        ("Step", "Refused", "Warned", "Shadow", "People", "Allowed later", "Spared"),
        (
            (
                step.step,
                str(step.refused),
                str(step.warned),
                f"{step.shadow} ({len(step.shadow_people)} people)" if step.shadow else "0",
                str(len(step.people)),
                str(step.allowed),
                str(step.spared),
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
        console.print(f"  harm: {printable(finding.harm.value)}")
    if decision.threshold is not None:
        console.print(f"The score is {decision.score}; from {decision.threshold} on it counts.")
    if decision.trust is not None:
        console.print(f"The sender was trusted as: {decision.trust.value}")
    if decision.spared_by is not None:
        console.print(f"It was signed nevertheless: {printable(decision.spared_by)}.")
    if decision.is_warning:
        console.print("It is a warning: the same words pass when they are sent again.")


def _show(recorded: RecordedDecision) -> None:
    console.print(f"{VERDICTS[recorded.decision.verdict]} {printable(recorded.event_id)}")
    for name, value in (
        ("reference", recorded.reference),
        ("when", f"{moment(recorded.decided_ts)} UTC"),
        ("sender", recorded.sender),
        ("type", recorded.event_type),
        ("room", recorded.room_id),
        ("first asked by", recorded.asked_by),
        ("policy revision", recorded.decision.policy_revision),
    ):
        console.print(f"  {name:16}{printable(value)}")


def _find(reference: str, config: Path) -> list[RecordedDecision]:
    found = _read(config, lambda store: store.by_reference(reference))
    if not found:
        fail(f"No decision is known by {reference!r}. Give a reference or an event ID.")
    return found


def _read(
    config: Path, query: "Callable[[DecisionStore], Awaitable[list[RecordedDecision]]]"
) -> list[RecordedDecision]:
    from countersign.bootstrap.stores import open_decisions
    from countersign.config import read_config

    async def read() -> list[RecordedDecision]:
        async with open_decisions(read_config(config)) as store:
            return await query(store)

    return asyncio.run(read())


def _as_json(recorded: RecordedDecision) -> dict[str, Any]:
    return {
        "reference": recorded.reference,
        "event_id": recorded.event_id,
        "room_id": recorded.room_id,
        "sender": recorded.sender,
        "event_type": recorded.event_type,
        "asked_by": recorded.asked_by,
        "decided_ts": recorded.decided_ts,
        **recorded.decision.to_json(),
    }
