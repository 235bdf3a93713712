"""Questions of `countersign init` at a terminal, for options that are not given."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import typer

from countersign.policy.languages.tags import ENGLISH, guess_tag, read_tag
from countersign.protocol.identifiers import is_server_name

LOOPBACK: Final = "127.0.0.1"
DEFAULT_FOLDER: Final = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitOptions:
    """Options that were given; None for those that were not."""

    server_name: str | None
    directory: Path | None
    address: str | None
    language: str | None
    accept_from: tuple[str, ...] | None
    support_page: str | None
    public_url: str | None
    management_room: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitValues:
    """The values for a new server; an empty text means that a setting is not wanted."""

    server_name: str
    directory: Path
    address: str
    language: str
    accept_from: tuple[str, ...]
    support_page: str
    public_url: str
    management_room: str


def complete(options: InitOptions, *, may_ask: bool) -> InitValues:
    """Return the given options, and for others the terminal's answers or the defaults.

    Raises:
        typer.BadParameter: an option is invalid; or a required one is missing without a terminal.
    """
    needed = {"--server-name": options.server_name, "--dir": options.directory}
    missing = [option for option, value in needed.items() if value is None]
    if missing and not may_ask:
        raise typer.BadParameter(f"Missing option {' and '.join(missing)}.")
    ask = _answer_to if missing else _usual
    server_name = ask("Its own Matrix name", options.server_name, "", _checked_server_name)
    directory = ask("Folder to make it in", _text(options.directory), DEFAULT_FOLDER, _checked_text)
    address = ask("IP address to listen at", options.address, LOOPBACK, _checked_address)
    language = ask("Language of those who send", options.language, ENGLISH, _checked_language)
    invited = None if options.accept_from is None else " ".join(options.accept_from)
    accept_from = ask("Whose invitations are accepted (user IDs, servers)", invited, "", str)
    support_page = ask("Support page for rooms' administrators", options.support_page, "", str)
    public_url = ask("Where browsers reach it", options.public_url, "", str)
    management_room = ask(
        "Room of the moderators: its ID or alias, or the user who makes it",
        options.management_room,
        "",
        str,
    )
    return InitValues(
        server_name=server_name,
        directory=Path(directory),
        address=address,
        language=language,
        accept_from=tuple(accept_from.split()),
        support_page=support_page,
        public_url=public_url,
        management_room=management_room,
    )


Check = Callable[[str], str]
"""Returns a checked text; raises `typer.BadParameter`."""


def _usual(question: str, value: str | None, usual: str, check: Check) -> str:  # noqa: ARG001
    return check(usual if value is None else value)


def _answer_to(question: str, value: str | None, usual: str, check: Check) -> str:
    if value is not None:
        return check(value)
    # An empty answer means the default; if there is none, the question is repeated.
    answer: str = typer.prompt(
        question, default=usual, show_default=bool(usual), value_proc=check, err=True
    )
    return answer


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _checked_server_name(name: str) -> str:
    if not is_server_name(name):
        raise typer.BadParameter(
            f"{name!r} is not a Matrix server name; try one like policy.example.org"
        )
    if name != name.lower():
        # Homeservers compare names letter by letter, and some write them in small letters.
        raise typer.BadParameter(
            f"{name} has capital letters, and would be another server than {name.lower()}; "
            f"take {name.lower()}"
        )
    return name


def _checked_text(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("something is needed here")
    return text


def _checked_address(address: str) -> str:
    try:
        ip_address(address)
    except ValueError:
        raise typer.BadParameter(
            f"{address!r} is not an IP address; try 127.0.0.1, 0.0.0.0 or ::"
        ) from None
    return address


def _checked_language(tag: str) -> str:
    language = read_tag(tag)
    if language is None:
        advice = f"try {guess_tag(tag) or 'de, fr or pt-BR'}"
        raise typer.BadParameter(f"{tag!r} is no language tag; {advice}")
    return language
