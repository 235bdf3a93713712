"""`countersign tokens`, `freeze` and `unfreeze`: create, list and end access."""

from typing import Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import answering, command, end_if_json
from countersign.cli.durations import duration_ms
from countersign.cli.output import Column, advice, at, console, moment, note, print_table, printable
from countersign.ports.actors import Role

app = typer.Typer(no_args_is_help=True, help="Access tokens.")

PATH = "/_countersign/v1/tokens"
ACTORS_PATH = "/_countersign/v1/actors"

ActorArgument = Annotated[
    str, typer.Argument(metavar="ACTOR", help="The actor's name, as `audit list` shows it.")
]


@command(app, "create")
def create(
    server: AdminClient,
    role: Annotated[Role, typer.Option(help="The holder's role.")],
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The holder's name, never used before; by default generated."
        ),
    ] = None,
    community: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A community in which the role holds; may be given several times."
        ),
    ] = None,
    room: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROOM_ID",
            help="Only in this room of the community; may be given several times.",
        ),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="90d", help="How long it is valid; for ever by default.")
    ] = None,
) -> None:
    """Create a token and show it, only now: only its hash is stored.

    A role holds in communities, except operator, which holds on the whole server. Its holder puts
    the token into a file and names that file in the variable COUNTERSIGN_TOKEN_FILE.
    """
    body = {
        "name": name,
        "role": role.value,
        "communities": community or [],
        "rooms": room or [],
        "lasts_ms": None if expires is None else duration_ms(expires),
    }
    token = server.change(f"{PATH}/create", body)
    end_if_json(token)
    console.print(
        f"[green]A token for {printable(token['name'])}[/], {_scope_text(token)}, "
        f"{_until(token)}:\n"
    )
    print(token["token"])
    console.print("\nIt is shown this once. Give it to nobody else, and not through a Matrix room.")


@command(app, "list")
def list_tokens(server: AdminClient) -> None:
    """List all tokens by name, and all frozen actors; the tokens themselves are not shown."""
    answer = server.read(PATH)
    end_if_json(answer)
    frozen = {each["actor"] for each in answer["frozen"]}
    print_table(
        answer["tokens"],
        (
            Column("Name", "name", rank=0),
            Column("Role", _scope_text, rank=1),
            Column(
                "State", lambda each: "frozen" if each["name"] in frozen else _until(each), rank=2
            ),
            Column("Made (UTC)", at("created_ts"), rank=3),
            Column("By", "created_by", rank=4),
        ),
        empty="No token was made; the admin token file lets operators in.",
    )
    for each in answer["frozen"]:
        because = f": {printable(each['reason'])}" if each["reason"] else ""
        console.print(
            f"[yellow]Frozen[/]: {printable(each['actor'])} at {moment(each['frozen_ts'])} UTC by "
            f"{printable(each['frozen_by'])}{because}"
        )


@command(app, "revoke")
def revoke(
    server: AdminClient,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The holder's name.")],
) -> None:
    """Revoke a token; it is invalid from now on."""
    revoked = server.change(f"{PATH}/revoke", {"name": name})
    end_if_json(revoked)
    console.print(f"[green]Revoked[/]: the token of {printable(name)}.")


@answering
def freeze(
    server: AdminClient,
    actor: ActorArgument,
    reason: Annotated[str, typer.Option(help="Why; operators see it.")] = "",
) -> None:
    """Freeze an actor: all of their tokens and sessions end at once."""
    frozen = server.change(f"{ACTORS_PATH}/freeze", {"actor": actor, "reason": reason})
    end_if_json(frozen)
    console.print(f"[green]Frozen[/]: {printable(actor)} has no access any more.")
    if not frozen.get("is_known", True):
        note(
            f"no token is called {actor}, and the audit log holds nothing of it; check the "
            "spelling with: countersign tokens list"
        )
    undo = advice(f"countersign undo --by {actor} --since 7d")
    console.print(f"What they did: [bold]{undo}[/]")


@answering
def unfreeze(server: AdminClient, actor: ActorArgument) -> None:
    """Unfreeze an actor; tokens that are still valid work again."""
    end_if_json(server.change(f"{ACTORS_PATH}/unfreeze", {"actor": actor}))
    console.print(f"[green]Not frozen any more[/]: {printable(actor)}.")


def _scope_text(token: dict[str, Any]) -> str:
    scopes = token["scopes"]
    role = scopes[0]["role"]
    if scopes[0]["community"] is None:
        return str(role)
    places = ", ".join(printable(scope["community"]) for scope in scopes)
    rooms = scopes[0]["rooms"]
    if rooms is not None:
        places += f" ({len(rooms)} room{'s' * (len(rooms) != 1)})"
    return f"{role} in {places}"


def _until(token: dict[str, Any]) -> str:
    if token["revoked_ts"] is not None:
        return f"revoked at {moment(token['revoked_ts'])} UTC"
    if token["expires_ts"] is None:
        return "without end"
    return f"until {moment(token['expires_ts'])} UTC"
