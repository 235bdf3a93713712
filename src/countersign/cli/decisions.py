"""`countersign decisions`: what was decided, and why."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from countersign.cli.output import console, fail, moment, print_json, print_table, printable
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.findings import Finding, Mode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from countersign.ports.decisions import DecisionStore

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
                ", ".join(finding.filter for finding in recorded.decision.findings) or "-",
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
        explain(recorded.decision.findings)
        if recorded.decision.says is not None:
            console.print(f"The sender read: {printable(recorded.decision.says)}")


def explain(findings: tuple[Finding, ...]) -> None:
    """Print what each filter found, for moderators."""
    if not findings:
        console.print("No filter had anything against it.")
    for finding in findings:
        weight = "refused it" if finding.mode is Mode.ENFORCE else "would have refused it (shadow)"
        console.print(f"[bold]{printable(finding.filter)}[/] {weight}: {printable(finding.reason)}")
        console.print(f"  harm: {printable(finding.harm.value)}")


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
    from countersign.bootstrap import open_decisions
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
