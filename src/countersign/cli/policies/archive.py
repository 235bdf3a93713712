"""`countersign archive`: the archive of judged events."""

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.options import RoomOption, SenderOption
from countersign.cli.output import console

app = typer.Typer(
    no_args_is_help=True, help="The archive: judged events that are kept for backtests."
)


@app.callback()
def _root() -> None: ...


@command(app, "purge")
def purge(server: AdminClient, user: SenderOption = None, room: RoomOption = None) -> None:
    """Delete a user's or a room's events from the archive.

    The server may run meanwhile; it may still archive events of the last second afterwards.
    """
    if user is None and room is None:
        raise typer.BadParameter("Say whose events: --user USER_ID, --room ROOM_ID, or both.")
    body = {"user_id": user, "room_id": room}
    purged = server.change("/_countersign/v1/archive/purge", body)
    count = purged["purged"]
    end_if_json({"purged": count})
    console.print(f"Purged {count:,} event{'s' * (count != 1)}.")
