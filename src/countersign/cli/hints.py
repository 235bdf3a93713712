"""Commands in messages, completed so that they can be pasted."""

import inspect
import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import typer

DEFAULT_CONFIG: Final = Path("data/countersign.yaml")
CONFIG_VARIABLE: Final = "COUNTERSIGN_CONFIG"

_COMMAND: Final = re.compile(
    r"(?<![\w/.-])countersign (?>(?P<first>[a-z]+)(?: (?P<second>[a-z]+))?)"
)


class _Known:
    """The Typer application and the settings file with which commands are completed."""

    app: "typer.Typer | None" = None
    config = DEFAULT_CONFIG


def know_commands(app: "typer.Typer") -> None:
    """Use the commands of `app` for completion."""
    _Known.app = app


def know_config(file: Path) -> Path:
    """Use this settings file, an argument of the command, for completion; return it."""
    _Known.config = file
    return file


def complete_commands(text: str) -> str:
    """Return `text` with each command in it completed.

    The settings file is added, unless it is the default, and the path of the program, unless the
    shell finds it.
    """
    return _COMMAND.sub(_completed, text)


def _completed(match: re.Match[str]) -> str:
    first, second = match["first"], match["second"]
    named = f"{first} {second}" if f"{first} {second}" in (commands := _commands()) else first
    rest = match[0].removeprefix(f"countersign {named}")
    has_option = (rest + match.string[match.end() :]).startswith(" --config")
    option = _config_option() if commands.get(named) and not has_option else ""
    return f"{_program()} {named}{option}{rest}"


def _commands() -> dict[str, bool]:
    """Return every command by its name, and whether it reads settings."""
    if _Known.app is None:
        return {}
    commands = {
        str(command.name): _reads_settings(command.callback)
        for command in _Known.app.registered_commands
    }
    for group in _Known.app.registered_groups:
        inner = group.typer_instance
        if inner is None:
            continue
        if inner.info.invoke_without_command and inner.registered_callback is not None:
            commands[str(group.name)] = _reads_settings(inner.registered_callback.callback)
        for command in inner.registered_commands:
            commands[f"{group.name} {command.name}"] = _reads_settings(command.callback)
    return commands


def _reads_settings(callback: object) -> bool:
    return callable(callback) and "config" in inspect.signature(callback).parameters


def _config_option() -> str:
    if _Known.config in (DEFAULT_CONFIG, Path(os.environ.get(CONFIG_VARIABLE, DEFAULT_CONFIG))):
        return ""
    return f" --config {shlex.quote(str(_Known.config))}"


def _program() -> str:
    path = sys.argv[0]
    if Path(path).name != "countersign" or os.sep not in path or shutil.which("countersign"):
        return "countersign"
    return shlex.quote(path)
