"""`countersign trust`: show and set the trust of users."""

from pathlib import Path
from typing import Annotated, Any

import typer

from countersign.cli import admin_client
from countersign.cli.durations import duration_ms
from countersign.cli.options import (
    DEFAULT_CONFIG,
    CommunityOption,
    ConfigOption,
    JsonOption,
    ReasonOption,
    UserArgument,
)
from countersign.cli.output import Column, console, moment, note, print_json, print_table, printable
from countersign.policy.measures.trust_records import Trust

app = typer.Typer(no_args_is_help=True, help="How far a community trusts somebody, and why.")

PATH = "/_countersign/v1/trust"


@app.command("show")
def show(
    user: UserArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Show a user's trust in the community and in each room, with the reasons."""
    parameters = {"user_id": user, "community": community or None}
    _print(admin_client.read(config, PATH, parameters), json=json)


@app.command("set")
def set_level(
    user: UserArgument,
    level: Annotated[Trust, typer.Argument(help="The level.")],
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    lasts: Annotated[
        str | None, typer.Option("--for", metavar="7d", help="How long; for ever by default.")
    ] = None,
    reason: ReasonOption = "",
    json: JsonOption = False,
) -> None:
    """Set a user's level of trust, in place of the one that they earned."""
    _give(config, user, level.value, community, lasts, reason, json=json)


@app.command("unset")
def unset(
    user: UserArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Remove the level that was set; the earned one counts again."""
    _give(config, user, None, community, None, "", json=json)


@app.command("list")
def list_given(
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """List all users whose level a moderator set."""
    parameters = {"community": community or None}
    found = admin_client.read(config, f"{PATH}/given", parameters)["given"]
    if json:
        print_json(found)
        return
    print_table(
        found,
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
    config: Path,
    user: str,
    level: str | None,
    community: str | None,
    lasts: str | None,
    reason: str,
    *,
    json: bool,
) -> None:
    body = {
        "user_id": user,
        "level": level,
        "community": community,
        "lasts_ms": None if lasts is None else duration_ms(lasts),
        "reason": reason,
    }
    _print(admin_client.change(config, PATH, body), json=json)


def _print(found: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(found)
        note(found["note"])
        return
    name = printable(found["user_id"])
    console.print(f"[bold]{name}[/] is [bold]{found['level']}[/] in {found['community']}")
    console.print(f"  because: {printable(found['because'])}")
    if found["first_seen_ts"] is not None:
        console.print(
            f"  first seen {moment(found['first_seen_ts'])} UTC, {found['accepted_events']} events "
            f"accepted on {found['active_days']} days"
        )
    for room_id, standing in found["rooms"].items():
        because = printable(standing["because"])
        console.print(f"  in {printable(room_id)}: {standing['level']} ({because})")
    note(found["note"])
