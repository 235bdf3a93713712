"""`countersign serve`: run the policy server."""

from typing import TYPE_CHECKING

from countersign.cli.options import DEFAULT_CONFIG, ConfigOption
from countersign.cli.output import advice, console, print_json, printable

if TYPE_CHECKING:
    from countersign.bootstrap.serving import Started
    from countersign.config import Config


def serve(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Run the policy server until Ctrl-C or SIGTERM.

    SIGHUP reads the policy file and the TLS certificates again, without losing a request; a bad
    policy file is reported and the last good one stays.
    """
    from countersign.bootstrap.serving import run_server
    from countersign.cli.streams import let_output_be_lost

    let_output_be_lost()
    run_server(config, announce=_announce)


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
