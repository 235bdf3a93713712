"""`countersign decisions`: search, explain, allow and count decisions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.durations import duration_ms, since_ts
from countersign.cli.moderation.decision_output import (
    explain,
    print_outcome,
    print_text,
    show_decision,
    why_details_are_gone,
)
from countersign.cli.options import (
    DecisionArgument,
    LimitOption,
    OptionalSinceOption,
    RoomOption,
    SenderOption,
    SinceOption,
)
from countersign.cli.output import (
    Column,
    advice,
    at,
    console,
    errors,
    moment,
    print_hints,
    print_table,
    printable,
)
from countersign.policy.decisions import Decision, Verdict

if TYPE_CHECKING:
    from countersign.config import Config


class Outcome(StrEnum):
    """Things that people did about a decision."""

    ALLOWED = "allowed"
    SPAM = "spam"
    APPEALED = "appealed"


app = typer.Typer(no_args_is_help=True, help="Decisions on events, and their reasons.")

PATH: Final = "/_countersign/v1/decisions"


@command(app, "list")
def list_decisions(
    client: AdminClient,
    room: RoomOption = None,
    sender: SenderOption = None,
    verdict: Annotated[Verdict | None, typer.Option(help="Only this verdict.")] = None,
    step: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only with a finding of this step of the policy."),
    ] = None,
    since: OptionalSinceOption = None,
    until: Annotated[
        str | None, typer.Option(metavar="1d", help="Only before this time, written like --since.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(metavar="SERVER", help="Only senders of this server.")
    ] = None,
    filter_name: Annotated[
        str | None,
        typer.Option("--filter", metavar="NAME", help="Only with a finding of this filter."),
    ] = None,
    outcome: Annotated[
        Outcome | None,
        typer.Option(help="Only allowed, marked as spam, or appealed against."),
    ] = None,
    min_score: Annotated[
        int | None, typer.Option(metavar="POINTS", min=0, help="Lowest score, in points.")
    ] = None,
    max_score: Annotated[
        int | None, typer.Option(metavar="POINTS", min=0, help="Highest score, in points.")
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(metavar="PLACE", help="The place at which the last list ended."),
    ] = None,
    limit: LimitOption = 50,
) -> None:
    """List the newest decisions first."""
    parameters = {
        "room_id": room,
        "sender": sender,
        "verdict": verdict and verdict.value,
        "step": step,
        "since_ts": None if since is None else since_ts(since),
        "before_ts": None if until is None else since_ts(until),
        "server": server,
        "filter": filter_name,
        "outcome": outcome and outcome.value,
        "min_score": min_score,
        "max_score": max_score,
        "before": before,
        "limit": limit,
    }
    answer = client.read(PATH, parameters)
    decisions = answer["decisions"]
    end_if_json(decisions)
    count = answer.get("count")
    print_table(
        decisions,
        (
            Column("When (UTC)", at("decided_ts"), rank=4),
            Column("Reference", "reference", rank=0),
            Column("Decision", "verdict", rank=1),
            Column("Sender", "sender", rank=3, min_chars=14),
            Column("Type", "event_type", rank=5),
            Column("Room ID", "room_id", rank=6),
            Column(
                "Because",
                lambda each: (
                    ", ".join(finding.label for finding in _decision(each).findings)
                    or ("-" if each["details_gone"] is None else "details deleted")
                ),
                rank=2,
                min_chars=8,
            ),
            Column("Room", lambda each: each["room_name"] or each["room_id"], rank=2, min_chars=8),
        ),
        empty="No decision matches."
        if count is None
        else f"None of {count:,} decisions matches."
        if count
        else "No decisions yet.",
    )
    if answer["next"] is not None:
        console.print(f"[dim]Those before: --before {answer['next']}[/]", soft_wrap=True)
    print_hints(answer)
    if not decisions and count != 0 and step is not None and step not in answer["steps"]:
        errors.print(
            f"[yellow]No policy has a step {printable(step)}.[/] "
            f"There are: {printable(', '.join(answer['steps']))}"
        )


@command(app, "show")
def show(client: AdminClient, reference: DecisionArgument) -> None:
    """Show one decision as it was recorded."""
    parameters = {"reference": reference}
    decisions = client.read(f"{PATH}/show", parameters)["decisions"]
    end_if_json(decisions)
    for each in decisions:
        show_decision(each)


@command(app, "why")
def why(settings: "Config", reference: DecisionArgument) -> None:
    """Explain one decision: findings of filters, the event's text, and what people did about it."""
    decisions = AdminClient(settings).read(f"{PATH}/why", {"reference": reference})["decisions"]
    end_if_json(decisions)
    for each in decisions:
        decision = _decision(each)
        show_decision(each)
        if each["details_gone"] is not None:
            console.print(why_details_are_gone(settings, each))
        else:
            explain(_fullest(each))
            print_text(settings, each)
        for outcome in each["outcomes"]:
            print_outcome(outcome)
        if decision.says is not None:
            console.print(f"The sender read: {printable(decision.words or '')}")
        if decision.fingerprint is not None:
            allow = f"countersign decisions allow {each['reference']}"
            console.print(f"To let it pass: {advice(allow)}")
        for sentence in each["advice"]:
            console.print(printable(sentence))
            trusted = f"countersign trust set {each['sender']} trusted --reason 'our bot'"
            console.print(f"  {advice(trusted)}")


@command(app, "allow")
def allow(
    client: AdminClient,
    reference: DecisionArgument,
    lasts: Annotated[str, typer.Option("--for", metavar="24h", help="How long they pass.")] = "24h",
    here: Annotated[bool, typer.Option("--here", help="Only in the room of the event.")] = False,
) -> None:
    """Let the same words of the same sender pass when they are sent again.

    The refused event itself cannot be revived. It counts as a false positive of the filters that
    refused it.
    """
    body = {"reference": reference, "lasts_ms": duration_ms(lasts)}
    path = f"{PATH}/{'allow-here' if here else 'allow'}"
    allowed = client.change(path, body)["allowed"]
    end_if_json(allowed)
    console.print(
        f"{printable(allowed['sender'])} may send it again until "
        f"{moment(allowed['until_ts'])} UTC. Ask them to."
    )


@command(app, "stats")
def stats(client: AdminClient, since: SinceOption = "7d", room: RoomOption = None) -> None:
    """Count the refusals, the shadow refusals and the false positives of each filter."""
    from_ts = since_ts(since)
    parameters = {"since_ts": from_ts, "room_id": room}
    answer = client.read(f"{PATH}/stats", parameters)
    end_if_json(answer)
    console.print(f"{answer['decisions']:,} decisions since {moment(from_ts)} UTC")
    print_table(
        answer["steps"],
        (
            Column("Step", "step", rank=0),
            Column("Refused", "refused", rank=1),
            Column("Warned", "warned", rank=5),
            Column(
                "Shadow",
                lambda each: (
                    f"{each['shadow']} ({each['shadow_people']} people)" if each["shadow"] else "0"
                ),
                rank=4,
            ),
            Column("People", "people", rank=3),
            Column("Allowed later", "allowed", rank=2),
            Column("Spared", "spared", rank=6),
            Column("Kind", lambda each: ", ".join(each["kinds"]) or "-", rank=7),
        ),
        empty="No filter had anything to say.",
    )
    print_hints(answer)


def _decision(recorded: Mapping[str, Any]) -> Decision:
    return Decision.from_json(dict(recorded))


def _fullest(recorded: Mapping[str, Any]) -> Decision:
    """Return the decision with all findings, if the archive has them."""
    archived = [each.get("decision") for each in recorded["archived"]]
    if len(archived) == 1 and archived[0] is not None:
        return _decision(archived[0])
    return _decision(recorded)
