"""`countersign init`: everything that a new server needs, in one folder."""

import os
import shlex
import sys
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countersign.basics.os_reasons import reason_of
from countersign.cli.commands import answering, end_if_json, is_json_wanted
from countersign.cli.operation.init_questions import LOOPBACK, InitOptions, InitValues, complete
from countersign.cli.output import advice, console, fail, printable
from countersign.policy.languages.tags import ENGLISH

if TYPE_CHECKING:
    from countersign.config import Config

DEFAULT_PORT = 8448

CONFIG_TEMPLATE = """\
# Countersign's settings. Paths are relative to this file's folder.
# Every setting is explained in docs/operate.md; `countersign doctor` checks the whole.

# This server's own Matrix name. Not a homeserver's name: a homeserver does not ask itself.
server_name: "{server_name}"

# The addresses to listen at. Without `tls` it is plain HTTP, for a reverse proxy in front.
listen:
  - address: "{address}"
    port: {port}
    # tls: {{certificate: fullchain.pem, private_key: privkey.pem}}

# The database, with all decisions. Back it up: a decision never changes.
database: sqlite:///countersign.db

# The policy: what is refused, and the texts for senders.
policy: policy.yaml

# Invitations to rooms are accepted from these user IDs or server names; * matches anything.
invites:
  accept_from: {accept_from}
  # accept_from: ["@alice:example.org", "example.org"]

# A page with help for administrators of rooms; Element shows it in a room's settings.
{support}

# This server's address for browsers. With it, a refusal links to a page that explains it.
{reasons}

# The Matrix room for moderators' commands and alerts: docs/management-room.md.
{management_room}

# A token that the command line uses to reach the running server. Keep it secret.
admin:
  token_file: admin.token

# The dashboard, for browsers on this machine. For a reverse proxy see docs/dashboard.md.
dashboard:
  listen: {{address: 127.0.0.1, port: 8449}}
  # public_url: https://moderation.example.org
"""

POLICY_TEMPLATE = """\
# What this policy server refuses. docs/policy.md explains this document, docs/filters/ each filter.
# After a change: countersign policy reload. A mistake is reported and the last good policy stays.

# The language of texts for senders: en, de, fr, es, pt, ru, zh or ar. Others: docs/languages.md.
language: en

# The preset to start from; docs/policy.md lists others. `newcomer-safe` is for public rooms:
# most of its steps apply to newcomers only, by their level of trust and in raid mode.
# Moderators are exempt, so use another account to try out what is refused.
preset: newcomer-safe

filters:
  # Words in any text that people see: messages, edits, captions, names, reactions.
  - keyword:
      words: ["buy cheap followers now"]
    says: "Please ask the moderators if this is no advertisement: it looks like one."

  # An item with the name of a preset's step changes that step, here a rate for known senders:
  # - event-rate: {max_events: 30}
"""


@answering
def init(
    server_name: Annotated[
        str | None,
        typer.Option(
            "--server-name",
            metavar="NAME",
            help="The new server's own name, e.g. policy.example.org; not a homeserver's.",
        ),
    ] = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="The folder to create.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(metavar="IP", help="The IP address to listen at.", show_default=LOOPBACK),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="TAG", help="The language of texts for senders.", show_default=ENGLISH
        ),
    ] = None,
    accept_from: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHO",
            help="A user ID or server whose invitations are accepted; may be given several times.",
        ),
    ] = None,
    support_page: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A page where administrators of rooms find help."),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="The server's address for browsers: https://policy.example.org"
        ),
    ] = None,
    management_room: Annotated[
        str | None,
        typer.Option(
            metavar="ROOM",
            help="Where moderators write commands: its ID or alias, or the ID of the user who is "
            "going to make it.",
        ),
    ] = None,
) -> None:
    """Create a folder with settings, two keys and a starter policy.

    At a terminal it asks for missing options, unless both --server-name and --dir are given.

    Existing files are never overwritten; missing ones are created. A lost key cannot be recovered:
    restore it from a copy before you create a new one.
    """
    from countersign.config import CONFIG_FILE_NAME

    options = InitOptions(
        server_name=server_name,
        directory=directory,
        address=address,
        language=language,
        accept_from=None if accept_from is None else tuple(accept_from),
        support_page=support_page,
        public_url=public_url,
        management_room=management_room,
    )
    wishes = complete(options, may_ask=sys.stdin.isatty() and not is_json_wanted())
    config_file = wishes.directory / CONFIG_FILE_NAME
    config = _existing(config_file, wishes.server_name) or _new(config_file, wishes)
    files = {
        "server key": config.path(config.keys.server),
        "policy key": config.path(config.keys.policy),
        "policy": config.path(config.policy),
        "settings": config_file,
    }
    new_files = {name: file for name, file in files.items() if not _is_there(file)}
    if not new_files:
        fail(
            f"{config_file} and its keys are there already; nothing was changed.\n"
            f"Start the server with: {_start(config)}"
        )
    _make(config, new_files, wishes)
    _print_result(config, new_files)


def _existing(file: Path, server_name: str) -> "Config | None":
    """Return existing settings, if they are of the same server."""
    from countersign.config import read_config

    if not _is_there(file):
        return None
    config = read_config(file)
    if config.server_name != server_name:
        fail(f"{file} is there already, for {config.server_name}; nothing was changed.")
    return config


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except PermissionError as error:
        fail(
            f"{file} cannot be looked for: {error.strerror}. Name a --dir that this user may enter."
        )


def _new(file: Path, wishes: InitValues) -> "Config":
    from countersign.config import ConfigError, parse_config

    try:
        return parse_config(_settings(wishes).encode(), file)
    except ConfigError as error:
        # The names of the settings are those of the options, but for their form.
        raise typer.BadParameter(str(error)) from None


def _settings(wishes: InitValues) -> str:
    from countersign.protocol.identifiers import split_server_name

    support = wishes.support_page
    public_url, room = wishes.public_url, wishes.management_room
    return CONFIG_TEMPLATE.format(
        server_name=wishes.server_name,
        address=wishes.address,
        port=split_server_name(wishes.server_name).port or DEFAULT_PORT,
        accept_from=dumps(wishes.accept_from),
        support=_section("support", "support_page", support, "https://example.org/help"),
        reasons=_section("reasons", "public_url", public_url, "https://policy.example.org"),
        management_room=("" if room else "# ")
        + f"management_room: {dumps(room or '#moderators:example.org')}",
    )


def _section(name: str, key: str, value: str, example: str) -> str:
    """Return a section of the settings; one that is not wanted as a comment."""
    hash_sign = "" if value else "# "
    return f"{hash_sign}{name}: {{{key}: {dumps(value or example)}}}"


def _make(config: "Config", new_files: dict[str, Path], wishes: InitValues) -> None:
    """Create missing files; the settings come last, so that they never name missing files."""
    from countersign.bootstrap.files import create_keys, make_settings_folder, write_new_file

    try:
        make_settings_folder(config)
        create_keys(config)
        if "policy" in new_files:
            policy = POLICY_TEMPLATE.replace("language: en", f"language: {wishes.language}", 1)
            write_new_file(new_files["policy"], policy)
        if "settings" in new_files:
            write_new_file(new_files["settings"], _settings(wishes))
    except FileExistsError as error:
        fail(f"{error.filename} is in the way: it is not a folder.")
    except PermissionError as error:
        fail(
            f"{error.filename} cannot be written: {reason_of(error)} Name a folder that this user "
            f"may write, or make it as root: {_making(config.path(Path()))}"
        )
    except OSError as error:
        fail(f"{error.filename} cannot be written: {reason_of(error)}")


def _making(folder: Path) -> str:
    """Return the command that makes a folder for the user who runs this program."""
    return f"install -d -o {os.geteuid()} -m 0700 {shlex.quote(str(folder))}"


def _print_result(config: "Config", new_files: dict[str, Path]) -> None:
    from countersign.bootstrap.files import read_keys
    from countersign.protocol.rooms.policy_servers import room_policy_content

    policy_key = read_keys(config).policy.verify_key
    end_if_json(
        {
            "server_name": config.server_name,
            "made": {name: str(file) for name, file in new_files.items()},
            "m.room.policy": room_policy_content(config.server_name, policy_key),
        }
    )
    console.print(f"[green]Made[/] for {printable(config.server_name)}:")
    for name, file in new_files.items():
        console.print(f"  {name:10} {printable(str(file))}")
    console.print(f"  public policy key {policy_key.to_base64()}")
    if "settings" not in new_files and "policy key" in new_files:
        console.print(
            "[yellow]Note:[/] the policy key is a new one. Rooms that name an old one need a new "
            "m.room.policy: " + advice(f"countersign keys --config {shlex.quote(str(config.file))}")
        )
    console.print("Keep a copy of the keys, and show them to nobody.")
    console.print(f"\nStart it with: {advice(_start(config))}")
    room = config.management_room
    if room is not None and room.startswith("@"):
        _print_room_steps(config, room)


def _print_room_steps(config: "Config", user_id: str) -> None:
    """Print how somebody makes the management room."""
    console.print(f"\nThen {printable(user_id)} makes the moderators' room, in any client:")
    console.print("  1. Create a room: private (invite only), with encryption switched off.")
    console.print(f"  2. Invite {printable(config.user_id)} there.")
    console.print("It joins, and says there what comes next. Nothing need be restarted.")


def _start(config: "Config") -> str:
    return f"countersign serve --config {shlex.quote(str(config.file))}"
