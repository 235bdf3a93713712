"""Hints for trying more by hand after the story."""

import shlex
from pathlib import Path
from urllib.parse import quote

from examples.demo.federation import LoopbackFederation
from examples.demo.matrix_client import MatrixUser
from examples.demo.policy_server import COMMAND
from examples.demo.screen import Screen
from examples.demo.story import PASSWORD, SPAM, Cast


def show(federation: LoopbackFederation, cast: Cast, screen: Screen) -> None:
    """Show the accounts, the room, commands to copy, and where the files lie."""
    screen.heading("Now you: all servers go on running until you press Ctrl-C")
    screen.table(
        ("user", "password", "client URL"),
        [(user.user_id, PASSWORD, user.client_url) for user in (cast.alice, cast.bob)],
    )
    screen.note(f"The room is {cast.room_id}; accounts can be registered freely.")

    screen.heading("Say something as Bob, or as Alice")
    screen.copyable(_curl(cast.bob, cast.room_id, f"Get {SPAM}"))
    screen.copyable(_curl(cast.alice, cast.room_id, "Good evening"))

    server = federation.policy_server
    config = shlex.quote(_from_here(server.config))
    command = _from_here(Path(COMMAND))
    screen.heading("Look into Countersign")
    for words in ("decisions list", "rooms list", "doctor"):
        screen.copyable(f"{command} {words} --config {config}")

    screen.heading(f"Change {_from_here(server.policy)}, and tell the server so")
    screen.copyable(f"kill -HUP {server.process.pid}")
    screen.note("Killed with -9 instead, it is started again, and all decisions are as they were.")

    screen.heading("Files and logs")
    screen.table(
        ("server", "name", "log"),
        [
            ("Countersign", server.server_name, _from_here(server.process.log)),
            ("homeserver", federation.first.server_name, _from_here(federation.first.log)),
            ("homeserver", federation.second.server_name, _from_here(federation.second.log)),
        ],
    )


def _curl(user: MatrixUser, room_id: str, text: str) -> str:
    url = f"{user.client_url}/_matrix/client/v3/rooms/{quote(room_id)}/send/m.room.message"
    body = f'{{"msgtype": "m.text", "body": "{text}"}}'
    return (
        f"curl -s -X POST -H 'Authorization: Bearer {user.access_token}' "
        f"{shlex.quote(url)} -d {shlex.quote(body)}"
    )


def _from_here(path: Path) -> str:
    """Return `path` as it is typed in the current directory."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
