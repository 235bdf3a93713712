"""`countersign trust`: show and set the trust of users."""

from typing import Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.durations import duration_ms
from countersign.cli.options import CommunityOption, ReasonOption, UserArgument
from countersign.cli.output import Column, console, moment, note, print_table, printable
from countersign.policy.measures.trust_records import Trust

app = typer.Typer(no_args_is_help=True, help="How far a community trusts somebody, and why.")

PATH = "/_countersign/v1/trust"


@command(app, "show")
def show(server: AdminClient, user: UserArgument, community: CommunityOption = None) -> None:
    """Show a user's trust in the community and in each room, with the reasons."""
    parameters = {"user_id": user, "community": community or None}
    _print(server.read(PATH, parameters))


@command(app, "set")
def set_level(
    server: AdminClient,
    user: UserArgument,
    level: Annotated[Trust, typer.Argument(help="The level.")],
    community: CommunityOption = None,
    lasts: Annotated[
        str | None, typer.Option("--for", metavar="7d", help="How long; for ever by default.")
    ] = None,
    reason: ReasonOption = "",
) -> None:
    """Set a user's level of trust, in place of the one that they earned."""
    _give(server, user, level.value, community, lasts, reason)


@command(app, "unset")
def unset(server: AdminClient, user: UserArgument, community: CommunityOption = None) -> None:
    """Remove the level that was set; the earned one counts again."""
    _give(server, user, None, community, None, "")


@command(app, "list")
def list_given(server: AdminClient, community: CommunityOption = None) -> None:
    """List all users whose level a moderator set."""
    parameters = {"community": community or None}
    users = server.read(f"{PATH}/given", parameters)["given"]
    end_if_json(users)
    print_table(
        users,
        (
            Column("Community", "community", rank=4, min_chars=10),
            Column("User", "user_id", rank=0),
            Column("Level", "given", rank=1),
            Column(
                "Until (UTC)",
                lambda each: (
                    "no end" if each["given_until_ts"] is None else moment(each["given_until_ts"])
                ),
                rank=3,
            ),
            Column("Because", "given_reason", rank=2, min_chars=10),
        ),
        empty="Nobody was given a level.",
    )


def _give(
    server: AdminClient,
    user: str,
    level: str | None,
    community: str | None,
    lasts: str | None,
    reason: str,
) -> None:
    body = {
        "user_id": user,
        "level": level,
        "community": community,
        "lasts_ms": None if lasts is None else duration_ms(lasts),
        "reason": reason,
    }
    _print(server.change(PATH, body))


def _print(user: dict[str, Any]) -> None:
    note(user["note"])
    end_if_json(user)
    name = printable(user["user_id"])
    console.print(f"[bold]{name}[/] is [bold]{user['level']}[/] in {user['community']}")
    console.print(f"  because: {printable(user['because'])}")
    if user["first_seen_ts"] is not None:
        console.print(
            f"  first seen {moment(user['first_seen_ts'])} UTC, {user['accepted_events']} events "
            f"accepted on {user['active_days']} days"
        )
    for room_id, standing in user["rooms"].items():
        because = printable(standing["because"])
        console.print(f"  in {printable(room_id)}: {standing['level']} ({because})")
