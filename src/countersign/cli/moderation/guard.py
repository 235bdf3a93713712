"""`countersign guard`: filters that refused too many people and were dropped to shadow."""

from typing import Annotated

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.options import CommunityOption
from countersign.cli.output import Column, at, console, note, print_table, printable

app = typer.Typer(
    no_args_is_help=True,
    help="The runaway guard: steps that refused too many people, and only record now.",
)

PATH = "/_countersign/v1/guard"


@command(app, "list")
def list_dropped(server: AdminClient) -> None:
    """List the filters that the guard dropped, with the reasons."""
    answer = server.read(PATH)
    dropped = answer["dropped"]
    for each in answer["communities"]:
        note(each["note"] and f"{each['community']}: {each['note']}")
    end_if_json(dropped)
    print_table(
        dropped,
        (
            Column("Community", "community", rank=2),
            Column("Step", "step", rank=0),
            Column("Dropped (UTC)", at("dropped_ts"), rank=1),
            Column("Because", "because", is_below=True),
        ),
        empty="No filter was dropped.",
    )


@command(app, "restore")
def restore(
    server: AdminClient,
    step: Annotated[str, typer.Argument(metavar="STEP", help="The step's name in the policy.")],
    community: CommunityOption = None,
) -> None:
    """Let a dropped filter refuse again."""
    body = {"step": step, "community": community}
    answer = server.change(f"{PATH}/restore", body)
    end_if_json(answer["restored"])
    console.print(f"{printable(step)} refuses again, and is not dropped before it is changed.")
