"""`countersign incidents`: refusals that belong together."""

from typing import Annotated, Any, Final

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.durations import since_ts
from countersign.cli.options import OnlyCommunityOption, RoomOption
from countersign.cli.output import Column, at, console, moment, print_hints, print_table, printable

PATH: Final = "/_countersign/v1/incidents"
app = typer.Typer(no_args_is_help=True, help="Incidents: refusals that belong together.")


@command(app, "list")
def list_incidents(
    server: AdminClient,
    since: Annotated[
        str, typer.Option(metavar="24h", help="Only since: 90m, 12h or 7d ago; or a time in UTC.")
    ] = "24h",
    community: OnlyCommunityOption = None,
    room: RoomOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=200, help="How many at most.")] = 50,
) -> None:
    """List the incidents, the one with the latest refusal first."""
    parameters = {
        "since_ts": since_ts(since),
        "community": community,
        "room_id": room,
        "limit": limit,
    }
    answer = server.read(PATH, parameters)
    end_if_json(answer)
    print_table(
        answer["incidents"],
        (
            Column("Last (UTC)", at("last_ts"), rank=3),
            Column("Example", "example", rank=0),
            Column("Refused", "refused", rank=1),
            Column("People", "people", rank=1),
            Column("Rooms", "room_count", rank=4),
            Column("Because of", "likeness", rank=2),
            Column("What", "name", rank=2, min_chars=14),
        ),
        empty="Nothing was refused.",
    )
    print_hints(answer)
    if answer["is_cut"]:
        console.print(f"[dim]Of the latest {answer['refusals']:,} refusals only.[/]")


@command(app, "show")
def show(
    server: AdminClient,
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="The reference of any refusal of the incident.")
    ],
) -> None:
    """Show the incident that a refusal belongs to."""
    parameters = {"reference": reference}
    incident: dict[str, Any] = server.read(f"{PATH}/show", parameters)
    end_if_json(incident)
    console.print(
        f"[bold]{incident['refused']:,} refused[/] from {moment(incident['first_ts'])} to "
        f"{moment(incident['last_ts'])} UTC, the same {incident['likeness']}: "
        f"{printable(incident['name'])}"
    )
    for title, value in (
        ("people", f"{incident['people']:,}: {', '.join(incident['senders'])}"),
        ("rooms", ", ".join(each["room_name"] or each["room_id"] for each in incident["rooms"])),
        ("steps", ", ".join(f"{step} ({count})" for step, count in incident["steps"].items())),
        ("harms", ", ".join(incident["harms"])),
        ("references", ", ".join(incident["references"][:20])),
    ):
        console.print(f"  {title:16}{printable(value)}")
