"""`countersign guard`: filters that refused too many people and were dropped to shadow."""

from typing import Annotated

import typer

from countersign.cli import admin_client
from countersign.cli.options import DEFAULT_CONFIG, CommunityOption, ConfigOption, JsonOption
from countersign.cli.output import (
    Column,
    at,
    console,
    note,
    print_json,
    print_table,
    printable,
)

app = typer.Typer(
    no_args_is_help=True,
    help="The runaway guard: steps that refused too many people, and only record now.",
)

PATH = "/_countersign/v1/guard"


@app.command("list")
def list_dropped(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List the filters that the guard dropped, with the reasons."""
    answer = admin_client.read(config, PATH)
    dropped = answer["dropped"]
    for each in answer["communities"]:
        note(each["note"] and f"{each['community']}: {each['note']}")
    if json:
        print_json(dropped)
        return
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


@app.command("restore")
def restore(
    step: Annotated[str, typer.Argument(metavar="STEP", help="The step's name in the policy.")],
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Let a dropped filter refuse again."""
    body = {"step": step, "community": community}
    answer = admin_client.change(config, f"{PATH}/restore", body)
    if json:
        print_json(answer["restored"])
        return
    console.print(f"{printable(step)} refuses again, and is not dropped before it is changed.")
