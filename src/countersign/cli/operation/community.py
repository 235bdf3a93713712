"""`countersign community`: leave a community; export and erase its data."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.operation.privacy import json_text, write_new
from countersign.cli.operation.rooms import long_work
from countersign.cli.output import advice, console, fail, print_json, printable

if TYPE_CHECKING:
    from countersign.config import Config

app = typer.Typer(no_args_is_help=True, help="Leave a community; export or erase its data.")

NameArgument = Annotated[str, typer.Argument(metavar="COMMUNITY", help="The community's name.")]


@command(app, "leave")
def leave(
    server: AdminClient,
    name: NameArgument,
    force: Annotated[
        bool,
        typer.Option("--force", help="Leave also rooms whose m.room.policy still names us."),
    ] = False,
) -> None:
    """Empty m.room.policy in each room of a community where we may, check that, and leave.

    Ends with 1 if a room was not left.
    """
    body = {"community": name, "force": force}
    rooms = long_work(server, "leave", body, path="communities")["done"]
    status = 1 if rooms["kept"] else 0
    end_if_json(rooms, status)
    console.print(f"Left {len(rooms['left'])} rooms of {printable(name)}.")
    for each in rooms["kept"]:
        reason = f"{each['room_id']}: {each['reason']}"
        console.print(f"  [yellow]not left[/] {advice(reason)}")
    if not rooms["kept"]:
        console.print(
            "What was kept for it is there still. Stop the server, then: "
            + advice(f"countersign community export {name} --out {name}.json")
            + " and "
            + advice(f"countersign community erase {name}")
        )
    sys.exit(status)


@command(app, "export")
def export(
    settings: "Config",
    name: NameArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="A new file to write to."),
    ] = None,
) -> None:
    """Print all data of a community, as JSON by table, while no server runs."""
    from countersign.bootstrap.commands.offline_communities import export_community

    tables = asyncio.run(export_community(settings, name))
    data = {"community": name, "tables": tables}
    if out is None:
        print_json(data)
        return
    write_new(out, json_text(data))
    rows = sum(map(len, tables.values()))
    end_if_json({"file": str(out)})
    console.print(f"Wrote {rows:,} rows to {printable(str(out))}.")


@command(app, "erase")
def erase(
    settings: "Config",
    name: NameArgument,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", metavar="", help="Do not ask whether you are sure.")
    ] = False,
) -> None:
    """Delete the data of a community, while no server runs; it cannot be undone.

    Verdicts stay by their keys, and so does who changed what.
    """
    from countersign.bootstrap.commands.offline_communities import erase_community

    question = f"Erase what was kept for {name}? It cannot be undone."
    if not yes and not typer.confirm(question, err=True):
        fail("Nothing was erased.")
    erased = asyncio.run(erase_community(settings, name))
    end_if_json({"erased": erased})
    rows = ", ".join(f"{count:,} in {table}" for table, count in sorted(erased.items()))
    console.print(f"Erased of {printable(name)}: {rows or 'nothing was there'}.")
    console.print("Take its policy file out of the folder of communities, and start the server.")
