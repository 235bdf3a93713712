"""`countersign rooms`: the rooms that this server protects."""

import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json, is_json_wanted
from countersign.cli.communities import warn_of_unfound
from countersign.cli.options import RoomArgument
from countersign.cli.output import Column, advice, console, errors, fail, print_table, printable

INTERRUPTED_STATUS = 130

app = typer.Typer(no_args_is_help=True, help="The rooms that this server protects.")


@command(app, "list")
def list_rooms(server: AdminClient) -> None:
    """List the rooms with their alerts."""
    answer = server.get("/_countersign/v1/rooms")
    rooms = answer["rooms"]
    warn_of_unfound(answer)
    end_if_json(rooms)
    print_table(
        rooms,
        (
            Column("Room ID", "room_id", rank=0),
            Column("Version", "room_version", rank=5),
            Column("Community", "community", rank=4),
            Column("Membership", "membership", rank=2),
            Column("Members", "joined_members", rank=3),
            Column("Alerts", lambda room: "\n".join(_what_to_know(room)) or "-", is_below=True),
            Column("Room", "name", min_chars=8),
        ),
        empty="No rooms yet. Invite our user, or run: countersign rooms join ROOM_ID --via SERVER",
    )


def _what_to_know(room: Mapping[str, Any]) -> Iterator[str]:
    """Yield the alerts of a room, a sentence each."""
    for alert in room["alerts"]:
        yield alert["message"]
    if room["membership"] != "joined":
        return
    if room["is_list_only"]:
        yield "Followed as a policy list; it needs no m.room.policy."
    if room["is_management_only"]:
        yield "A management room; it needs no m.room.policy."
    if room["raid"] is not None:
        yield f"Its community is in raid mode: {room['raid']} (countersign raid status)."
    for step in room["dropped_steps"]:
        yield f"The runaway guard had {step} only record (countersign guard list)."


@command(app, "join")
def join(
    server: AdminClient,
    room_id: RoomArgument,
    via: Annotated[
        list[str],
        typer.Option(
            metavar="SERVER", help="A server that is in the room; may be given several times."
        ),
    ],
) -> None:
    """Join a room through a server that is in it; ends with 0 when joined."""
    answer = long_work(server, "join", {"room_id": room_id, "via": via})
    end_if_json(answer["joined"])
    console.print(f"[green]Joined[/] {printable(room_id)}.")


@command(app, "rejoin")
def rejoin(
    server: AdminClient,
    room_id: RoomArgument,
    via: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SERVER", help="A server in the room to ask first; may be given several times."
        ),
    ] = None,
) -> None:
    """Join a room again: after a kick, or to get its state again."""
    answer = long_work(server, "rejoin", {"room_id": room_id, "via": via or []})
    end_if_json(answer["joined"])
    console.print(f"[green]Joined[/] {printable(room_id)}.")


@command(app, "check")
def check(server: AdminClient, room_id: RoomArgument) -> None:
    """Ask the room's servers for its state, and adopt what most of them agree on."""
    answer = long_work(server, "check", {"room_id": room_id})
    end_if_json(answer["checked"])
    for alert in answer["checked"]["alerts"]:
        console.print(f"[yellow]{printable(alert['kind'])}[/] {advice(alert['message'])}")
    console.print(f"[green]Checked[/] {printable(room_id)}.")


@command(app, "leave")
def leave(
    server: AdminClient,
    room_id: RoomArgument,
    force: Annotated[
        bool,
        typer.Option(
            "--force", metavar="", help="Forget the room even if no server accepts our leave."
        ),
    ] = False,
) -> None:
    """Leave a room. It stays usable: a room whose Policy Server left is simply unprotected."""
    answer = long_work(server, "leave", {"room_id": room_id, "force": force})
    end_if_json(answer["left"])
    console.print(f"[green]Left[/] {printable(room_id)}.")


def long_work(server: AdminClient, verb: str, body: dict[str, Any], *, path: str = "rooms") -> Any:
    """Show the server's progress lines on stderr; return its last word."""
    last: dict[str, Any] = {}
    lines = server.post(f"/_countersign/v1/{path}/{verb}", body)
    try:
        for line in lines:
            if "progress" in line and not is_json_wanted():
                errors.print(f"[dim]{printable(line['progress'])}[/]")
            last = line
    except KeyboardInterrupt:
        errors.print(advice("The server goes on with it. How it ended: countersign rooms list"))
        sys.exit(INTERRUPTED_STATUS)
    if "error" in last:
        fail(last["error"])
    if not last or "progress" in last:
        fail("The server stopped before it was done; try again.")
    return last
