"""`countersign raid`: raid mode, by hand."""

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
)
from countersign.cli.output import console, moment, note, print_json, printable

app = typer.Typer(
    no_args_is_help=True,
    help="Raid mode, which refuses newcomers' messages that are like a raid's.",
)

PATH = "/_countersign/v1/raids"


@app.command("on")
def on(
    config: ConfigOption = DEFAULT_CONFIG,
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
    json: JsonOption = False,
) -> None:
    """Start raid mode, or prolong it."""
    body = {
        "reason": reason,
        "is_strict": strict or None,
        "lasts_ms": None if lasts is None else duration_ms(lasts),
    }
    _post(config, f"{PATH}/begin", body, community, json=json)


@app.command("off")
def off(
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """End raid mode, and print what happened during it."""
    _post(config, f"{PATH}/end", {}, community, json=json)


@app.command("status")
def status(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List the communities in raid mode, and what happened so far."""
    raids = admin_client.read(config, PATH)["raids"]
    if json:
        print_json(raids)
    for raid in raids:
        if not json:
            _print(raid)
        note(raid["note"])
    if json:
        return
    if not raids:
        console.print("No community is in a raid.")


def _post(
    config: Path, path: str, body: dict[str, Any], community: str | None, *, json: bool
) -> None:
    raid = admin_client.change(config, path, {**body, "community": community})
    if json:
        print_json(raid)
    else:
        _print(raid)
    note(raid["note"])


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
        console.print(f"  newcomers may not write until {moment(raid['strict_until_ts'])} UTC")
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
