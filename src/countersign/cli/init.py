"""`countersign init`: everything that a new server needs, in one folder."""

from pathlib import Path
from typing import Annotated

import typer

from countersign.bootstrap import create_keys
from countersign.cli.output import console, fail, printable
from countersign.config import CONFIG_FILE_NAME, read_config
from countersign.protocol.identifiers import is_server_name, split_server_name

DEFAULT_PORT = 8448

CONFIG_TEMPLATE = """\
# Countersign's settings. Paths are relative to this file's folder.
# Every setting is explained in docs/settings.md; `countersign doctor` checks the whole.

# The server's own Matrix name: not that of a homeserver, which would never ask itself.
server_name: "{server_name}"

# Where it listens. Without tls it speaks plain HTTP, for a reverse proxy in front of it.
listen:
  - address: {address}
    port: {port}
    # tls: {{certificate: fullchain.pem, private_key: privkey.pem}}

# Every decision, for ever the same for every asker.
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
"""

POLICY_TEMPLATE = """\
# What this policy server refuses. Every filter is explained in docs/filters/.
# After a change: kill -HUP the server. A mistake is reported and the last good policy stays.
filters:
  # Words anywhere in anything a person may see: messages, edits, captions, names, reactions.
  - keyword:
      words: ["buy cheap followers now"]
    says: "This looks like an advertisement. Please ask the moderators if it is not."

  # One event that rings everybody's phone.
  - mention-flood:
      max_users: 20
    says: "Please mention fewer people at once."

  # Very large events.
  - event-size:
      max_bytes: 32768
    says: "This message is too long for this room."

  # One sender who writes faster than anybody can read.
  - event-rate:
      per: sender
      max_events: 60
      per_seconds: 60
    says: "You are sending very fast. Please wait a moment."
"""


def init(
    server_name: Annotated[
        str, typer.Option("--server-name", help="Its own Matrix name, e.g. policy.example.org")
    ],
    directory: Annotated[Path, typer.Option("--dir", help="The folder to make it in.")],
    address: Annotated[str, typer.Option(help="The IP address to listen at.")] = "127.0.0.1",
) -> None:
    """Make a folder with settings, two keys and a starter policy.

    What is there already is never overwritten: a key that was lost cannot be had back.
    """
    if not is_server_name(server_name):
        fail(f"{server_name!r} is not a Matrix server name; try one like policy.example.org")
    config_file = directory / CONFIG_FILE_NAME
    if config_file.exists():
        fail(f"{config_file} is there already; nothing was changed.")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        policy_file = directory / "policy.yaml"
        if not policy_file.exists():
            policy_file.write_text(POLICY_TEMPLATE)
        port = split_server_name(server_name).port or DEFAULT_PORT
        written = CONFIG_TEMPLATE.format(server_name=server_name, address=address, port=port)
        config_file.write_text(written)
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}.")
    keys = create_keys(read_config(config_file))
    console.print(f"[green]Made[/] {printable(str(config_file))} for {printable(server_name)}")
    console.print(f"  keys    {printable(str(directory / 'keys'))} (keep a copy, tell nobody)")
    console.print(f"  policy  {printable(str(policy_file))}")
    console.print(f"  public policy key {keys.policy.verify_key.to_base64()}")
    console.print(f"\nStart it with: countersign serve --config {printable(str(config_file))}")
