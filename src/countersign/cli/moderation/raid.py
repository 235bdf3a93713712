"""`countersign raid`: raid mode, by hand."""

from typing import Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.durations import duration_ms
from countersign.cli.options import CommunityOption, ReasonOption
from countersign.cli.output import console, moment, note, printable

app = typer.Typer(
    no_args_is_help=True,
    help="Raid mode, which refuses newcomers' messages that are like a raid's.",
)

PATH = "/_countersign/v1/raids"


@command(app, "on")
def on(
    server: AdminClient,
    community: CommunityOption = None,
    lasts: Annotated[
        str | None,
        typer.Option("--for", metavar="2h", help="How long; the policy's time by default."),
    ] = None,
    reason: ReasonOption = "",
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="No newcomer may write; a second person must confirm more than two hours.",
        ),
    ] = False,
    came_within: Annotated[
        str | None,
        typer.Option(
            "--came-within",
            metavar="30m",
            help="With --strict: only for those who came within that time, or come later.",
        ),
    ] = None,
) -> None:
    """Start raid mode, or prolong it."""
    body = {
        "reason": reason,
        "is_strict": strict or None,
        "lasts_ms": None if lasts is None else duration_ms(lasts),
        "came_within_ms": None if came_within is None else duration_ms(came_within),
    }
    _post(server, f"{PATH}/begin", body, community)


@command(app, "off")
def off(server: AdminClient, community: CommunityOption = None) -> None:
    """End raid mode, and print what happened during it."""
    _post(server, f"{PATH}/end", {}, community)


@command(app, "status")
def status(server: AdminClient) -> None:
    """List the communities in raid mode, and what happened so far."""
    raids = server.read(PATH)["raids"]
    for raid in raids:
        note(raid["note"])
    end_if_json(raids)
    for raid in raids:
        _print(raid)
    if not raids:
        console.print("No community is in a raid.")


def _post(server: AdminClient, path: str, body: dict[str, Any], community: str | None) -> None:
    raid = server.change(path, {**body, "community": community})
    note(raid["note"])
    end_if_json(raid)
    _print(raid)


def _print(raid: dict[str, Any]) -> None:
    ended = raid["ended_ts"]
    if ended is None:
        console.print(
            f"[bold]{printable(raid['community'])}[/] is in raid mode since "
            f"{moment(raid['started_ts'])} until {moment(raid['until_ts'])} UTC"
        )
    else:
        name = printable(raid["community"])
        console.print(f"[bold]{name}[/]: raid mode ended at {moment(ended)} UTC")
    console.print(f"  because: {printable(raid['because'])}")
    if raid["strict_until_ts"] is not None and raid["note"] is None:
        since = raid["strict_since_ts"]
        people = "newcomers" if since is None else f"newcomers since {moment(since)} UTC"
        console.print(f"  {people} may not write until {moment(raid['strict_until_ts'])} UTC")
    console.print(
        f"  against: newcomers since {moment(raid['suspect_since_ts'])} UTC who write what it "
        f"writes; known messages: {raid['messages']}"
    )
    for domain, until_ts in sorted(raid["domains"].items()):
        console.print(
            f"    and all newcomers from {printable(domain)} who do, until {moment(until_ts)} UTC"
        )
    console.print(f"  joins: {raid['joins']}, people who wrote what it writes: {raid['suspects']}")
    for step, count in sorted(raid["refused"].items()):
        console.print(f"  refused by {printable(step)}: {count}")
