"""The options that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from countersign.cli.hints import CONFIG_VARIABLE, know_config
from countersign.cli.hints import DEFAULT_CONFIG as DEFAULT_CONFIG
from countersign.protocol.identifiers import is_room_id, is_user_id

ConfigOption: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        envvar=CONFIG_VARIABLE,
        callback=know_config,
        readable=False,  # `read_config` says what to do about it
        help="The settings file.",
        show_default=True,
    ),
]
JsonOption: TypeAlias = Annotated[
    bool, typer.Option("--json", metavar="", help="Print JSON, for programs.")
]


def checked_user_option(text: str | None) -> str | None:
    """Return a user ID, if one is given.

    Raises:
        typer.BadParameter: it is none.
    """
    if text is not None and not is_user_id(text):
        raise typer.BadParameter(f"{text!r} is no user ID; write @alice:example.org.")
    return text


def checked_room_option(text: str | None) -> str | None:
    """Return a room ID, if one is given.

    Raises:
        typer.BadParameter: it is none.
    """
    if text is not None and not is_room_id(text):
        raise typer.BadParameter(
            f"{text!r} is no room ID such as !abc:example.org; `countersign rooms list` shows them."
        )
    return text


UserArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="USER_ID", callback=checked_user_option, help="For example @alice:example.org"
    ),
]
RoomArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="ROOM_ID", callback=checked_room_option, help="For example !abc:example.org"
    ),
]
RoomOption: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="ROOM_ID", callback=checked_room_option, help="Only of this room."),
]
SenderOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="USER_ID", callback=checked_user_option, help="Only of this user's events."
    ),
]
SinceOption: TypeAlias = Annotated[
    str,
    typer.Option(metavar="7d", help="Only since: 90m, 12h or 7d ago; or a day or time in UTC."),
]
OptionalSinceOption: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="7d", help="Only since: 90m, 12h or 7d ago; or a day or time in UTC."),
]
LimitOption: TypeAlias = Annotated[
    int, typer.Option(metavar="N", min=1, max=1_000, help="How many at most.")
]
ReasonOption: TypeAlias = Annotated[
    str, typer.Option("--reason", "--because", metavar="TEXT", help="Why; moderators see it.")
]
DecisionArgument: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="REF", help="The reference that the sender was given, or an event ID."),
]
OnlyCommunityOption: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only of this community.")
]
CommunityOption: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The community; the default one if not given."),
]
