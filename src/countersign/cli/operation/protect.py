"""`countersign protect`: the steps to protect a room or a space; carries out those that it can."""

import sys
from typing import Annotated, Any, Final

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import answering, end_if_json, is_json_wanted
from countersign.cli.operation.rooms import long_work
from countersign.cli.output import advice, console, printable

PATH: Final = "/_countersign/v1/rooms"
_INDENT: Final = " " * 17
_COLOURS: Final = {"done": "green", "todo": "yellow", "later": "dim"}


@answering
def protect(
    server: AdminClient,
    name: Annotated[
        str, typer.Argument(metavar="ROOM", help="The room's alias or ID: '#room:example.org'.")
    ],
    space: Annotated[
        bool, typer.Option("--space", help="ROOM is a space: show the steps of its rooms.")
    ] = False,
    via: Annotated[
        str | None,
        typer.Option(metavar="SERVER", help="A server in the room, if ROOM is an ID."),
    ] = None,
    apply: Annotated[
        bool,
        typer.Option(
            "--apply",
            help="Join the room, and name us in m.room.policy if our user may.",
        ),
    ] = False,
) -> None:
    """Show each step to a protected room, whether it is done, and what to do.

    Ends with 0 if every room is protected, else with 1.
    """
    parameters = {"name": name, "space": str(space).lower(), "via": via or None}
    answer = server.get(f"{PATH}/steps", parameters)
    if apply and _apply(server, answer["rooms"]):
        answer = server.get(f"{PATH}/steps", parameters)
    is_protected = all(
        step["state"] != "todo" for room in answer["rooms"] for step in room["steps"]
    )
    status = 0 if is_protected else 1
    end_if_json({"is_protected": is_protected, **answer}, status)
    _show(answer)
    sys.exit(status)


def _apply(server: AdminClient, rooms: list[dict[str, Any]]) -> bool:
    """Join and send m.room.policy where possible; return True if anything was tried."""
    is_tried = False
    for room in rooms:
        open_steps = {step["step"] for step in room["steps"] if step["state"] == "todo"}
        joined = room["steps"][0]
        if "joined" in open_steps and "rooms join" in joined["remedy"]:
            body = {"room_id": room["room_id"], "via": room["via"]}
            long_work(server, "join", body)
            open_steps = {"named"}
        if "named" in open_steps and "joined" not in open_steps:
            is_tried = True
            result = server.change(f"{PATH}/protect", {"room": room["room_id"]})
            if result["missing"] and not is_json_wanted():
                console.print(f"{printable(room['room_id'])}: {printable(result['missing'])}.")
    return is_tried


def _show(answer: Any) -> None:
    for room in answer["rooms"]:
        title = room["room_id"] if room["name"] is None else f"{room['room_id']} ({room['name']})"
        console.print(f"[bold]{printable(title)}[/]")
        for step in room["steps"]:
            colour = _COLOURS[step["state"]]
            state = f"[{colour}]{step['state'].upper()}[/]".ljust(len(colour) + 10)
            console.print(f"{state} {step['step']:9} {advice(step['message'])}")
            if step["remedy"] and step["state"] != "done":
                console.print(f"{_INDENT}[dim]→[/] {advice(step['remedy'])}")
    if answer["missing"]:
        console.print(f"[yellow]Not all rooms are shown:[/] {printable(answer['missing'])}.")
