"""`countersign init`: everything that a new server needs, in one folder."""

import shlex
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countersign.cli.options import JsonOption
from countersign.cli.output import advice, console, fail, print_json, printable

if TYPE_CHECKING:
    from countersign.config import Config

DEFAULT_PORT = 8448

CONFIG_TEMPLATE = """\
# Countersign's settings. Paths are relative to this file's folder.
# Every setting is explained in docs/operate.md; `countersign doctor` checks the whole.

# The server's own Matrix name: not that of a homeserver, which would never ask itself.
server_name: "{server_name}"

# Where it listens. Without tls it speaks plain HTTP, for a reverse proxy in front of it.
listen:
  - address: "{address}"
    port: {port}
    # tls: {{certificate: fullchain.pem, private_key: privkey.pem}}

# Every decision, for ever the same for every requesting server.
database: sqlite:///countersign.db

# What is refused, and in which words.
policy: policy.yaml

# Whose invitations our user accepts: user IDs or server names, * stands for anything.
invites:
  accept_from: []
  # accept_from: ["@alice:example.org", "example.org"]

# The command line finds the running server with this; keep it to yourself.
admin:
  token_file: admin.token

# The dashboard, for a browser on this machine; docs/dashboard.md has it behind a reverse proxy.
dashboard:
  listen: {{address: 127.0.0.1, port: 8449}}
  # public_url: https://moderation.example.org
"""

POLICY_TEMPLATE = """\
# What this policy server refuses. docs/policy.md explains this document, docs/filters/ each filter.
# After a change: countersign policy reload. A mistake is reported and the last good policy stays.

# What senders read: en, de, fr, es, pt, ru, zh or ar; docs/languages.md tells of others.
language: en

# For public rooms: everybody is welcome, and can do little harm before they are known.
# Most of its steps are for newcomers; raid mode and levels of trust take effect through them.
# Moderators are exempt, so try with another account what is refused. Presets: docs/policy.md
preset: newcomer-safe

filters:
  # Words anywhere in anything a person may see: messages, edits, captions, names, reactions.
  - keyword:
      words: ["buy cheap followers now"]
    says: "Please ask the moderators if this is no advertisement: it looks like one."

  # A step of the preset is changed by its name, here one sender's rate for those who are known:
  # - event-rate: {max_events: 30}
"""


def init(
    server_name: Annotated[
        str,
        typer.Option(
            "--server-name",
            metavar="NAME",
            help="Its own Matrix name, e.g. policy.example.org; not a homeserver's.",
        ),
    ],
    directory: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="The folder to make it in.")
    ],
    address: Annotated[
        str, typer.Option(metavar="IP", help="The IP address to listen at.")
    ] = "127.0.0.1",
    json: JsonOption = False,
) -> None:
    """Make a folder with settings, two keys and a starter policy.

    What is there already is never overwritten; what is missing is made. A key that was lost cannot
    be had back: restore it from a copy before you have a new one made.
    """
    from countersign.config import CONFIG_FILE_NAME

    config_file = directory / CONFIG_FILE_NAME
    config = _existing(config_file, server_name) or _new(config_file, server_name, address)
    wanted = {
        "server key": config.path(config.keys.server),
        "policy key": config.path(config.keys.policy),
        "policy": config.path(config.policy),
        "settings": config_file,
    }
    made = {name: file for name, file in wanted.items() if not file.exists()}
    if not made:
        fail(
            f"{config_file} and its keys are there already; nothing was changed.\n"
            f"Start the server with: {_start(config)}"
        )
    _make(config, made, address)
    _tell(config, made, json=json)


def _existing(file: Path, server_name: str) -> "Config | None":
    """Return the settings that are there already, if they are the same server's."""
    from countersign.config import read_config

    if not file.exists():
        return None
    config = read_config(file)
    if config.server_name != server_name:
        fail(f"{file} is there already, for {config.server_name}; nothing was changed.")
    return config


def _new(file: Path, server_name: str, address: str) -> "Config":
    from countersign.config import parse_config
    from countersign.protocol.identifiers import is_server_name

    if not is_server_name(server_name):
        raise typer.BadParameter(
            f"{server_name!r} is not a Matrix server name; try one like policy.example.org"
        )
    try:
        ip_address(address)
    except ValueError:
        raise typer.BadParameter(
            f"{address!r} is not an IP address; try 127.0.0.1, 0.0.0.0 or ::"
        ) from None
    return parse_config(_settings(server_name, address).encode(), file)


def _settings(server_name: str, address: str) -> str:
    from countersign.protocol.identifiers import split_server_name

    port = split_server_name(server_name).port or DEFAULT_PORT
    return CONFIG_TEMPLATE.format(server_name=server_name, address=address, port=port)


def _make(config: "Config", made: dict[str, Path], address: str) -> None:
    """Make what is missing; the settings come last, so that they never name what is not there."""
    from countersign.bootstrap.files import create_keys, make_settings_folder, write_new_file

    try:
        make_settings_folder(config)
        create_keys(config)
        if "policy" in made:
            write_new_file(made["policy"], POLICY_TEMPLATE)
        if "settings" in made:
            write_new_file(made["settings"], _settings(config.server_name, address))
    except FileExistsError as error:
        fail(f"{error.filename} is in the way: it is not a folder.")
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}.")


def _tell(config: "Config", made: dict[str, Path], *, json: bool) -> None:
    from countersign.bootstrap.files import read_keys
    from countersign.protocol.rooms.policy_servers import room_policy_content

    policy_key = read_keys(config).policy.verify_key
    if json:
        print_json(
            {
                "server_name": config.server_name,
                "made": {name: str(file) for name, file in made.items()},
                "m.room.policy": room_policy_content(config.server_name, policy_key),
            }
        )
        return
    console.print(f"[green]Made[/] for {printable(config.server_name)}:")
    for name, file in made.items():
        console.print(f"  {name:10} {printable(str(file))}")
    console.print(f"  public policy key {policy_key.to_base64()}")
    if "settings" not in made and "policy key" in made:
        console.print(
            "[yellow]Note:[/] the policy key is a new one. Rooms that name an old one need a new "
            "m.room.policy: " + advice(f"countersign keys --config {shlex.quote(str(config.file))}")
        )
    console.print("Keep a copy of the keys, and show them to nobody.")
    console.print(f"\nStart it with: {advice(_start(config))}")


def _start(config: "Config") -> str:
    return f"countersign serve --config {shlex.quote(str(config.file))}"
