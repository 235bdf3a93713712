"""`countersign audit` and `undo`: who did what, and reverting it."""

import json as jsonlib
from typing import Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import answering, command, end_if_json
from countersign.cli.durations import since_ts
from countersign.cli.options import LimitOption, OptionalSinceOption
from countersign.cli.output import Column, advice, at, console, print_table, printable

app = typer.Typer(no_args_is_help=True, help="The audit log: who changed what, who read what.")

DETAILS_CHARS = 200


@app.callback()
def _root() -> None: ...


@command(app, "list")
def list_entries(
    server: AdminClient,
    community: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only entries about this community.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="ACTOR", help="Only entries of this actor.")
    ] = None,
    changes: Annotated[
        bool, typer.Option("--changes", help="Only changes and exports, without what was read.")
    ] = False,
    since: OptionalSinceOption = None,
    limit: LimitOption = 50,
) -> None:
    """List every change that a person made, and what operators read, the newest first."""
    parameters = {
        "limit": limit,
        "community": community,
        "actor": by,
        "only_changes": "true" if changes else None,
        "since_ts": None if since is None else since_ts(since),
    }
    entries = server.read("/_countersign/v1/audit", parameters)["entries"]
    end_if_json(entries)
    print_table(
        entries,
        (
            Column("When (UTC)", at("ts"), rank=2),
            Column("Actor", "actor", rank=0),
            Column("By", "face", rank=6),
            Column("Command", "command", rank=1),
            Column("Community", "community", rank=4),
            Column("About", "subject", rank=3, min_chars=10),
            Column("Result", lambda each: each["result"] or "not known", rank=5),
            Column("Details", lambda each: _details(each["details"]), is_below=True),
        ),
        empty="The audit log holds nothing of that.",
    )


@answering
def undo(
    server: AdminClient,
    by: Annotated[
        str, typer.Option(metavar="ACTOR", help="The actor's name, as `audit list` shows it.")
    ],
    since: Annotated[
        str,
        typer.Option(metavar="7d", help="Only since: 90m, 12h or 7d ago; or a day or time in UTC."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Only list the changes; the default.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", metavar="", help="Revert the changes.")] = False,
) -> None:
    """List the changes that an actor made; with --yes, revert those that can be reverted.

    The newest are reverted first. A change that somebody else has replaced since stays.
    """
    if dry_run and yes:
        raise typer.BadParameter("Say --dry-run or --yes, not both.")
    body = {"by": by, "since_ts": since_ts(since), "dry_run": not yes}
    answer = server.change("/_countersign/v1/undo", body)
    end_if_json(answer)
    changes = answer["changes"]
    undone = "Reverted" if yes else "Would be reverted"
    print_table(
        changes,
        (
            Column("When (UTC)", at("ts"), rank=3),
            Column("Command", "command", rank=0),
            Column("Community", "community", rank=4),
            Column("About", "subject", rank=2, min_chars=10),
            Column(undone, lambda each: "yes" if each["is_undone"] else "no", rank=1),
            Column("How", lambda each: advice(each["words"]), is_below=True),
        ),
        empty=f"The audit log has no change by {printable(by)} since then that you could undo.",
    )
    if not yes and any(each["is_undone"] for each in changes):
        console.print("Nothing is reverted yet; to do it, say the same with [bold]--yes[/].")


def _details(details: dict[str, Any]) -> str:
    if not details:
        return "-"
    text = jsonlib.dumps(details, ensure_ascii=False)
    return text if len(text) <= DETAILS_CHARS else f"{text[:DETAILS_CHARS]}…"
