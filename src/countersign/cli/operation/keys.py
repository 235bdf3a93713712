"""`countersign keys`: our public keys, the event for a room, and the exchange of the policy key.

These commands do not change the settings or delete a key: they create a new file, check whether a
room would break, and say what to do. Rooms belong to their moderators, so an exchange takes days.
"""

import json as jsonlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import answering, command, end_if_json
from countersign.cli.operation.key_audit import record_key_change
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption
from countersign.cli.output import advice, console, fail, print_json, printable
from countersign.protocol.errors import CountersignError

if TYPE_CHECKING:
    from countersign.config import Config

ROOMS_SHOWN = 20

app = typer.Typer(
    invoke_without_command=True,
    help="Show our public keys, with the rooms that list each policy key, and the m.room.policy "
    "content that names us.",
)


@dataclass(frozen=True, slots=True)
class _PolicyKey:
    """A policy key in the settings; `rooms` list it, None if the running server does not tell."""

    standing: str
    file: Path
    public_key: str
    rooms: Sequence[str] | None

    def as_json(self) -> dict[str, Any]:
        return {
            "standing": self.standing,
            "file": str(self.file),
            "public_key": self.public_key,
            "rooms": self.rooms,
        }


@app.callback()
@answering
def keys(context: typer.Context, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show the public keys, and the m.room.policy content that names us."""
    if context.invoked_subcommand is not None:
        sources = (context.get_parameter_source(name) for name in ("config", "json"))
        if any(source is not None and source.name == "COMMANDLINE" for source in sources):
            command = f"countersign keys {context.invoked_subcommand}"
            raise typer.BadParameter(f"Put the options after the command: {command} --config FILE")
        return
    from countersign.bootstrap.files import read_keys
    from countersign.config import read_config

    settings = read_config(config)
    server = read_keys(settings).server
    try:
        listed = _ask_for_rooms(settings)
    except CountersignError:
        listed = None
    policy_keys = _policy_keys(settings, listed or {})
    content = _content(settings, policy_keys[0].public_key)
    end_if_json(
        {
            "server_name": settings.server_name,
            "server_key": {server.key_id: server.verify_key.to_base64()},
            "policy_key": {"ed25519:policy_server": policy_keys[0].public_key},
            "policy_keys": [key.as_json() for key in policy_keys],
            "m.room.policy": content,
        }
    )
    console.print(f"server name  {printable(settings.server_name)}")
    console.print(f"server key   {server.key_id} {server.verify_key.to_base64()}")
    for key in policy_keys:
        name = "policy key " if key.standing == "current" else f"{key.standing} key ".ljust(11)
        console.print(f"{name}  ed25519:policy_server {key.public_key}")
        if key.rooms is not None:
            console.print(f"             listed by {_rooms(key.rooms)}")
    for retired in settings.keys.retired_policy:
        console.print(f"retired key  ed25519:policy_server {retired.to_base64()}")
    if listed is None:
        console.print("[dim]The running server knows which rooms list a key; it is not running.[/]")
    elif any(key.rooms is None for key in policy_keys):
        console.print(
            "[yellow]Note:[/] the running server does not have all of these keys. It reads them "
            "when it starts: start it again."
        )
    console.print("\nThe room's [bold]m.room.policy[/] state event, with an empty state key:\n")
    print_json(content)


@command(app, "rotate")
def rotate(
    settings: "Config",
    leaked: Annotated[
        bool,
        typer.Option(
            "--leaked", metavar="", help="The present key may be known to others: stop trusting it."
        ),
    ] = False,
) -> None:
    """Create a new policy key beside the present one, and list the steps to exchange it.

    Nothing uses the new key until the settings name it. Meanwhile every room works: it gets
    signatures of the key that it lists. Before that, a repeated call shows the same key.
    """
    from countersign.bootstrap.files import create_next_policy_key, read_keys
    from countersign.config import MAX_FURTHER_KEYS

    read_keys(settings)
    if len(settings.keys.former_policy) + len(settings.keys.leaked_policy) >= MAX_FURTHER_KEYS:
        fail("There are too many policy keys. Retire one first: countersign keys retire")
    try:
        listed = _ask_for_rooms(settings)
    except CountersignError:
        listed = {}
    present = _policy_keys(settings, listed)[0]
    file, key = create_next_policy_key(settings, may_be_there=not leaked)
    public_key = key.verify_key.to_base64()
    change = {"public_key": public_key, "replaced": present.public_key, "is_leaked": leaked}
    record_key_change(settings, "rotated", change)
    replaced = "leaked_policy" if leaked else "former_policy"
    section = _section(settings)
    section["policy"] = str(file)
    section[replaced] = [str(present.file), *section.get(replaced, [])]
    content = _content(settings, public_key)
    end_if_json(
        {
            "file": str(settings.path(file)),
            "public_key": public_key,
            "settings": {"keys": section},
            "m.room.policy": content,
            "rooms": present.rooms,
        }
    )
    console.print(f"[green]A new policy key[/] is in {printable(str(settings.path(file)))}.")
    console.print("Nothing uses it yet. Do this, in this order:\n")
    console.print("1. Keep a copy of that file where the copies of your other keys are.")
    console.print(f"2. In {printable(str(settings.file))}, set the keys to:\n")
    _print_section(section)
    console.print(
        "\n3. Start the server again; SIGHUP reads no keys. No room notices: each goes on"
    )
    console.print("   getting signatures of the key that it lists.")
    console.print("4. In each room, [bold]at once[/]," if leaked else "4. In each room,", end=" ")
    console.print("a moderator sends m.room.policy with an empty state key and this content:\n")
    print_json(content)
    if present.rooms is not None:
        console.print(f"\n   The present key is listed by {_rooms(present.rooms)}")
    retire = advice("countersign keys retire")
    console.print(f"\n5. When no room lists the old key any more: [bold]{retire}[/]")


@command(app, "retire")
def retire(
    settings: "Config",
    public_keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PUBLIC_KEY]...", help="The keys to retire; by default all that were replaced."
        ),
    ] = None,
) -> None:
    """List the steps that take replaced policy keys out of use.

    Ends with 1 while a room lists one of them, and names that room: its servers would not accept
    signatures of another key.
    """
    keys = _policy_keys(settings, _ask_for_rooms(settings))
    chosen = _choose(keys, public_keys or [])
    if any(key.rooms is None for key in keys):
        fail("The running server has other keys than the settings: start it again first.")
    if any(key.rooms for key in chosen):
        fail(_refusal(settings, keys[0].public_key, chosen))
    record_key_change(settings, "retired", {"public_keys": [key.public_key for key in chosen]})
    section = _section(settings)
    for key in chosen:
        section[f"{key.standing}_policy"].remove(str(key.file))
        if key.standing == "former":
            section["retired_policy"] = [key.public_key, *section.get("retired_policy", [])]
    section = {name: value for name, value in section.items() if value}
    end_if_json({"retired": [key.as_json() for key in chosen], "settings": {"keys": section}})
    console.print("[green]No room lists[/] " + ", ".join(key.public_key for key in chosen) + ".")
    console.print(f"1. In {printable(str(settings.file))}, set the keys to:\n")
    _print_section(section)
    console.print("\n2. Start the server again.")
    console.print("3. Delete what nobody needs any more: ", end="")
    console.print(printable(", ".join(str(settings.path(key.file)) for key in chosen)))


def _ask_for_rooms(settings: "Config") -> dict[str, list[str]]:
    """Return, for each key that the running server signs with, the rooms that list it."""
    answer = AdminClient(settings).get("/_countersign/v1/keys")
    return {key["public_key"]: key["rooms"] for key in answer["policy_keys"]}


def _policy_keys(settings: "Config", listed: dict[str, list[str]]) -> list[_PolicyKey]:
    """Return the policy keys in the settings, the present one first."""
    from countersign.bootstrap.files import read_keys

    files, own_keys = settings.keys, read_keys(settings)
    keys = [
        ("current", files.policy, own_keys.policy),
        *(
            ("former", *pair)
            for pair in zip(files.former_policy, own_keys.former_policy, strict=True)
        ),
        *(
            ("leaked", *pair)
            for pair in zip(files.leaked_policy, own_keys.leaked_policy, strict=True)
        ),
    ]
    return [
        _PolicyKey(standing, file, public_key, listed.get(public_key))
        for standing, file, key in keys
        for public_key in [key.verify_key.to_base64()]
    ]


def _choose(keys: Sequence[_PolicyKey], key_ids: Sequence[str]) -> list[_PolicyKey]:
    current, *replaced = keys
    if current.public_key in key_ids:
        fail("That is the present key. Make another first: countersign keys rotate")
    for public_key in key_ids:
        if all(key.public_key != public_key for key in replaced):
            fail(f"The settings name no former or leaked policy key {public_key}.")
    if not replaced:
        fail("The settings name no former_policy and no leaked_policy: there is nothing to retire.")
    return [key for key in replaced if not key_ids or key.public_key in key_ids]


def _refusal(settings: "Config", current: str, chosen: Sequence[_PolicyKey]) -> str:
    lines = ["These rooms would break, for they still list the key:"]
    for key in chosen:
        lines += [f"  {room_id}  {key.public_key}" for room_id in key.rooms or ()]
    content = jsonlib.dumps(_content(settings, current))
    lines.append(f"A moderator of each sends m.room.policy with this content first: {content}")
    return "\n".join(lines)


def _content(settings: "Config", public_key: str) -> dict[str, Any]:
    from countersign.protocol.keys.signing_keys import VerifyKey
    from countersign.protocol.rooms.policy_servers import POLICY_KEY_ID, room_policy_content

    key = VerifyKey.from_base64(POLICY_KEY_ID, public_key)
    return room_policy_content(settings.server_name, key)


def _section(settings: "Config") -> dict[str, Any]:
    """Return the settings in the section `keys` that differ from the defaults."""
    files = settings.keys
    section: dict[str, Any] = {"server": str(files.server), "policy": str(files.policy)}
    for name in ("former_policy", "leaked_policy"):
        section[name] = [str(file) for file in getattr(files, name)]
    section["retired_policy"] = [key.to_base64() for key in files.retired_policy]
    return {name: value for name, value in section.items() if value}


def _print_section(section: dict[str, Any]) -> None:
    console.print("   keys:")
    for name, value in section.items():
        text = f"[{', '.join(map(_scalar, value))}]" if isinstance(value, list) else _scalar(value)
        console.print(printable(f"     {name}: {text}"))


def _scalar(text: str) -> str:
    """Return `text` as YAML has it; a JSON string is one."""
    return text if re.fullmatch(r"[a-zA-Z_./][a-zA-Z0-9_./-]*", text) else jsonlib.dumps(text)


def _rooms(rooms: Sequence[str]) -> str:
    if not rooms:
        return "no room"
    named = ", ".join(map(printable, rooms[:ROOMS_SHOWN]))
    more = len(rooms) - ROOMS_SHOWN
    count = f"{len(rooms):,} room{'s' * (len(rooms) != 1)}"
    return f"{count}: {named}" + (f" and {more:,} more" if more > 0 else "")
