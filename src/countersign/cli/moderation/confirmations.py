"""`countersign confirmations`: commands that wait for a second person."""

from pathlib import Path
from typing import Annotated, Any

import typer

from countersign.cli import admin_client
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from countersign.cli.output import Column, at, console, moment, print_json, print_table, printable

app = typer.Typer(no_args_is_help=True, help="Commands that wait for a second person to confirm.")

PATH = "/_countersign/v1/confirmations"
ReferenceArgument = Annotated[
    str, typer.Argument(metavar="REF", help="The reference, as `confirmations list` shows it.")
]


@app.command("list")
def list_waiting(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List the commands that wait, the oldest first."""
    waiting = admin_client.read(config, PATH)["confirmations"]
    if json:
        print_json(waiting)
        return
    print_table(
        waiting,
        (
            Column("Reference", "reference", rank=0),
            Column("By", "asked_by", rank=1),
            Column("Until (UTC)", at("expires_ts"), rank=2),
            Column("What", "summary", is_below=True),
        ),
        empty="Nothing waits for a second person.",
    )


@app.command("show")
def show(
    reference: ReferenceArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Show a waiting command with its parameters, such as the whole policy document."""
    found = admin_client.read(config, f"{PATH}/show", {"reference": reference})
    if json:
        print_json(found)
        return
    console.print(f"[bold]{printable(found['reference'])}[/]: {printable(found['summary'])}")
    console.print(
        f"  given by {printable(found['asked_by'])} at {moment(found['asked_ts'])} UTC, waits "
        f"until {moment(found['expires_ts'])} UTC"
    )
    for name, value in found["parameters"].items():
        console.print(f"  {printable(name)}:")
        for line in str(value).splitlines():
            console.print(f"    {printable(line)}")


@app.command("confirm")
def confirm(
    reference: ReferenceArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Confirm a command that somebody else gave; it is carried out at once."""
    done = _answer("confirm", reference, config, as_json=json)
    if not json:
        console.print(f"[green]Done[/]: {printable(done['command'])}")


@app.command("decline")
def decline(
    reference: ReferenceArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Decline a command, or withdraw one of your own; nothing changes."""
    done = _answer("decline", reference, config, as_json=json)
    if not json:
        console.print(f"Declined: {printable(done['summary'])}")


def _answer(verb: str, reference: str, config: Path, *, as_json: bool) -> dict[str, Any]:
    """Answer a waiting command, print the result if it is wanted as JSON, and return it."""
    done: dict[str, Any] = admin_client.change(config, f"{PATH}/{verb}", {"reference": reference})
    if as_json:
        print_json(done)
    return done
