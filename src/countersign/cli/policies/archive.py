"""`countersign archive`: the archive of judged events."""

import typer

from countersign.cli import admin_client
from countersign.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    RoomOption,
    SenderOption,
)
from countersign.cli.output import console, print_json

app = typer.Typer(
    no_args_is_help=True, help="The archive: judged events that are kept for backtests."
)


@app.callback()
def _root() -> None: ...


@app.command("purge")
def purge(
    user: SenderOption = None,
    room: RoomOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Delete a user's or a room's events from the archive.

    The server may run meanwhile; it may still archive events of the last second afterwards.
    """
    if user is None and room is None:
        raise typer.BadParameter("Say whose events: --user USER_ID, --room ROOM_ID, or both.")
    body = {"user_id": user, "room_id": room}
    purged = admin_client.change(config, "/_countersign/v1/archive/purge", body)
    count = purged["purged"]
    if json:
        print_json({"purged": count})
    else:
        console.print(f"Purged {count:,} event{'s' * (count != 1)}.")
