"""`countersign serve`: run the policy server."""

import gc
from typing import TYPE_CHECKING, Annotated, Final

import typer

from countersign.basics.worker_limits import MAX_WORKERS
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption
from countersign.cli.output import advice, console, print_json, printable

if TYPE_CHECKING:
    from countersign.bootstrap.parts.started import Started
    from countersign.config import Config


COLLECT_WHILE_LOADING: Final = (50_000, 50, 1_000)
"""Thresholds of the garbage collector until a server is ready.

Loaded objects are permanent. With Python's own thresholds, collecting among them takes a tenth of
the start.
"""

WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MAX_WORKERS,
        show_default="as the settings say, or 1",
        help="Processes that answer requests, sharing the same addresses; needs PostgreSQL.",
    ),
]


def serve(config: ConfigOption = DEFAULT_CONFIG, workers: WorkersOption = None) -> None:
    """Run the policy server until Ctrl-C or SIGTERM.

    SIGHUP reads the policy file and the TLS certificates again, without losing a request; a bad
    policy file is reported and the last good one stays.

    With several workers, one that ends is replaced at once. They need a database that several
    processes may write to: PostgreSQL.
    """
    gc.set_threshold(*COLLECT_WHILE_LOADING)
    from countersign.bootstrap.serving import run_server
    from countersign.bootstrap.workers.running import run_supervised, workers_of
    from countersign.cli.streams import ignore_closed_output

    ignore_closed_output()
    count = workers_of(config, workers)
    if count == 1:
        run_server(config, announce=_announce)
    else:
        run_supervised(config, count, announce=_announce)


def _announce(config: "Config", started: "Started") -> None:
    console.print(f"[bold]Countersign[/] is [green]ready[/] as {printable(config.server_name)}")
    for url in started.urls:
        console.print(f"  listens at        {printable(url)}")
    if started.dashboard is not None:
        console.print(f"  dashboard         {printable(started.dashboard)}")
    console.print(f"  its user          {printable(config.user_id)}")
    console.print(f"  public policy key {printable(started.policy_key)}")
    console.print(f"  policy            {printable(str(config.path(config.policy)))}")
    accepted = ", ".join(config.invites.accept_from)
    console.print(f"  invitations from  {printable(accepted) or 'nobody (invites: accept_from)'}")
    join = advice("countersign rooms join ROOM_ID --via SERVER")
    first = "invite its user" if accepted else f"run [bold]{join}[/]"
    console.print(
        f"\nTo protect a room: {first}, then send this as the room's "
        "[bold]m.room.policy[/] state event,\nwith an empty state key:\n"
    )
    print_json(started.room_policy)
