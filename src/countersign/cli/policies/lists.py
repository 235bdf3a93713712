"""`countersign lists`: the policy lists that policies use, and the members that they match."""

import shlex
from typing import Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.hints import complete_commands
from countersign.cli.options import RoomArgument
from countersign.cli.output import Column, console, fail, print_table, printable

app = typer.Typer(
    no_args_is_help=True, help="The policy lists that policies follow, and the users they match."
)


@command(app, "show")
def show(
    server: AdminClient,
    community: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only of this community's policy.")
    ] = None,
) -> None:
    """Show each list, the most trusted first, and its number of rules."""
    path = "/_countersign/v1/lists"
    lists = server.get(path, {"community": community})["lists"]
    end_if_json(lists)
    print_table(
        lists,
        (
            Column("Community", "community", rank=3),
            Column("Filter", "filter", rank=4),
            Column("List", "list_id", rank=0),
            Column("Users", lambda each: f"{each['rules'].get('user', 0):,}", rank=2),
            Column("Servers", lambda each: f"{each['rules'].get('server', 0):,}", rank=5),
            Column("Rooms", lambda each: f"{each['rules'].get('room', 0):,}", rank=6),
            Column("State", _state, is_below=True),
        ),
        empty="No policy follows a list. See docs/lists.md.",
    )


def _state(followed: dict[str, Any]) -> str:
    if followed["is_followed"]:
        return "followed"
    room_id = shlex.quote(followed["list_id"])
    return complete_commands(f"not joined: countersign rooms join {room_id} --via SERVER")


@command(app, "preview")
def preview(server: AdminClient, room_id: RoomArgument) -> None:
    """Show the current members that policy lists match: lists of a room, or a list in all rooms."""
    last: dict[str, Any] = {}
    path = "/_countersign/v1/lists/preview"
    for line in server.post(path, {"room_id": room_id}):
        last = line
    if "error" in last:
        fail(last["error"])
    if "previews" not in last:
        fail("The server stopped before it was done; try again.")
    end_if_json(last["previews"])
    if not last["previews"]:
        console.print("No policy of this room follows a list, or there is no other room.")
    for each in last["previews"]:
        _print(each)


def _print(answer: dict[str, Any]) -> None:
    console.print(
        f"{printable(answer['room_id'])}: {answer['hit']:,} of {answer['members']:,} members"
    )
    for rule in answer["too_wide"]:
        console.print(
            f"[yellow]Too wide, does not count:[/] {printable(rule['entity'])} "
            f"of {printable(rule['list_id'])} ({rule['hit']:,} of {rule['of']:,} members who "
            "have been there for a while)"
        )
    if not answer["first_hit"]:
        return
    print_table(
        answer["first_hit"],
        (
            Column("Member", "user_id", rank=0),
            Column("Rule", "entity", rank=2),
            Column("Asks for", "recommendation", rank=1),
            Column("List", "list_id", rank=4),
            Column("Reason", "reason", rank=3, min_chars=10),
        ),
        empty="",
    )
    if (more := answer["hit"] - len(answer["first_hit"])) > 0:
        console.print(f"and {more:,} more")
