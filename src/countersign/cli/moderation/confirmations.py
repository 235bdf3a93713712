"""`countersign confirmations`: commands that wait for a second person."""

from typing import Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.output import Column, at, console, moment, print_table, printable

app = typer.Typer(no_args_is_help=True, help="Commands that wait for a second person to confirm.")

PATH = "/_countersign/v1/confirmations"
ReferenceArgument = Annotated[
    str, typer.Argument(metavar="REF", help="The reference, as `confirmations list` shows it.")
]


@command(app, "list")
def list_waiting(server: AdminClient) -> None:
    """List the commands that wait, the oldest first."""
    waiting = server.read(PATH)["confirmations"]
    end_if_json(waiting)
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


@command(app, "show")
def show(server: AdminClient, reference: ReferenceArgument) -> None:
    """Show a waiting command with its parameters, such as the whole policy document."""
    answer = server.read(f"{PATH}/show", {"reference": reference})
    end_if_json(answer)
    console.print(f"[bold]{printable(answer['reference'])}[/]: {printable(answer['summary'])}")
    console.print(
        f"  given by {printable(answer['asked_by'])} at {moment(answer['asked_ts'])} UTC, waits "
        f"until {moment(answer['expires_ts'])} UTC"
    )
    for name, value in answer["parameters"].items():
        console.print(f"  {printable(name)}:")
        for line in str(value).splitlines():
            console.print(f"    {printable(line)}")


@command(app, "confirm")
def confirm(server: AdminClient, reference: ReferenceArgument) -> None:
    """Confirm a command that somebody else gave; it is carried out at once."""
    result = _answer(server, "confirm", reference)
    console.print(f"[green]Done[/]: {printable(result['command'])}")


@command(app, "decline")
def decline(server: AdminClient, reference: ReferenceArgument) -> None:
    """Decline a command, or withdraw one of your own; nothing changes."""
    result = _answer(server, "decline", reference)
    console.print(f"Declined: {printable(result['summary'])}")


def _answer(server: AdminClient, verb: str, reference: str) -> dict[str, Any]:
    result: dict[str, Any] = server.change(f"{PATH}/{verb}", {"reference": reference})
    end_if_json(result)
    return result
