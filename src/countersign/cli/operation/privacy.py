"""`countersign privacy`: export and erasure for people and rooms, a notice for your rooms."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from countersign.basics.os_reasons import reason_of
from countersign.cli.admin_client import AdminClient, ServerNotRunning
from countersign.cli.commands import command, end_if_json
from countersign.cli.options import checked_room_option, checked_user_option
from countersign.cli.output import advice, console, fail, note, print_json, printable

if TYPE_CHECKING:
    from countersign.config import Config

app = typer.Typer(no_args_is_help=True, help="Personal data: export, erase, and a notice.")

ACTOR: Final = "offline"
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="A new file to write to."),
]


PersonArgument = Annotated[
    str | None,
    typer.Argument(metavar="USER_ID", callback=checked_user_option, help="@alice:example.org"),
]
RoomOfDataOption = Annotated[
    str | None,
    typer.Option(
        "--room",
        metavar="ROOM_ID",
        callback=checked_room_option,
        help="A room, in place of a user.",
    ),
]


@command(app, "export")
def export(
    settings: "Config",
    user: PersonArgument = None,
    room: RoomOfDataOption = None,
    out: OutOption = None,
) -> None:
    """Print all data of a person or a room, as JSON by table.

    Data of others that name the person are included: check the output before you hand it out.
    """
    subject = _one_of(user, room)
    data = _ask(settings, "export", subject)
    if data["cut_tables"]:
        tables = printable(", ".join(data["cut_tables"]))
        note(f"Not all is here: of {tables} only the first rows. Erase what is here, export again.")
    if out is None:
        print_json(data)
        return
    write_new(out, json_text(data))
    end_if_json({"file": str(out)})
    rows = sum(map(len, data["tables"].values()))
    console.print(f"Wrote {rows:,} row{'s' * (rows != 1)} to {printable(str(out))}.")


@command(app, "erase")
def erase(
    settings: "Config",
    user: PersonArgument = None,
    room: RoomOfDataOption = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", metavar="", help="Do not ask whether you are sure.")
    ] = False,
    with_given: Annotated[
        bool,
        typer.Option(
            "--with-bans", metavar="", help="Also trust levels that moderators set, such as bans."
        ),
    ] = False,
) -> None:
    """Delete everything about a person, or of a room; it cannot be undone.

    Verdicts stay by their keys, which name nobody, and so does the state of rooms that they are in
    or that our user is in. It works with the server running or not.
    """
    subject = _one_of(user, room)
    if room is not None and with_given:
        raise typer.BadParameter("--with-bans is for people: bans belong to a whole community.")
    name = subject.name
    if not yes and not typer.confirm(f"Erase {name}? It cannot be undone.", err=True):
        fail("Nothing was erased.")
    result = _ask(settings, "erase", subject, {"with_given": with_given} if user else {})
    end_if_json(result)
    rows = ", ".join(f"{count:,} in {table}" for table, count in sorted(result["erased"].items()))
    nothing = "nothing was known of them" if user else "nothing was kept of it"
    console.print(f"Erased {printable(name)}: {rows or nothing}.")
    for table, reason in sorted(result["stays"].items()):
        console.print(f"  [yellow]stays[/] {printable(table)}: {printable(reason)}")
    if not result["is_scrubbed"] and settings.is_database_shared:
        console.print(
            "PostgreSQL may keep copies in unused parts of its files. To be rid of them run in the"
            " database, while nobody writes much: VACUUM (FULL); CHECKPOINT;"
        )
    elif not result["is_scrubbed"]:
        again = advice(f"countersign privacy erase {subject.option}{name} --yes")
        console.print(
            "Copies may be left in unused parts of the database's file: it is too large to rebuild "
            f"while the server runs. Stop the server some time, and run once more: {again}"
        )
    if user:
        console.print(
            "What other people wrote stays in the archive, if there is one, and may name them."
        )
    console.print(
        "Backups, logs and the policy files are as they were; other servers keep what they have."
    )


@command(app, "notice")
def notice(settings: "Config", out: OutOption = None) -> None:
    """Write a notice for the people of your rooms, in Markdown: what is kept, why, how long.

    It is a draft made from the settings: read it, and add what your law requires.
    """
    from countersign.bootstrap.privacy.notice import write_notice

    text = write_notice(settings)
    if out is not None:
        write_new(out, text)
    end_if_json({"notice": text, "file": None if out is None else str(out)})
    if out is None:
        print(text, end="")
        return
    console.print(f"Wrote {printable(str(out))}.")


class _Subject(NamedTuple):
    """The person or room of a command.

    Attributes:
        field: the field of a request that names it.
        name: its ID.
        option: what stands before the ID on the command line.
        ending: the last part of the paths of its endpoints.
    """

    field: str
    name: str
    option: str
    ending: str


def _one_of(user: str | None, room: str | None) -> _Subject:
    if user is not None and room is None:
        return _Subject("user_id", user, "", "")
    if room is not None and user is None:
        return _Subject("room_id", room, "--room ", "_room")
    raise typer.BadParameter("Name either a person, such as @alice:example.org, or --room ROOM_ID.")


def _ask(
    settings: "Config", action: str, subject: _Subject, more: Mapping[str, Any] | None = None
) -> Any:
    """Run the command by the running server, or on the database if none runs."""
    body = {subject.field: subject.name, **(more or {})}
    path = f"/_countersign/v1/privacy/{action}{subject.ending}"
    try:
        (answer,) = AdminClient(settings).post(path, body)
    except ServerNotRunning:
        return asyncio.run(_do_offline(settings, f"{action}{subject.ending}", body))
    return answer


async def _do_offline(settings: "Config", action: str, body: Mapping[str, Any]) -> Any:
    from countersign.bootstrap.privacy.erasure import open_offline_privacy
    from countersign.ports.actors import Actor, ActorKind, Face

    actor = Actor.unlimited(ACTOR, ActorKind.OFFLINE, Face.CLI)
    async with open_offline_privacy(settings) as privacy:
        match action:
            case "export":
                return await privacy.export(actor, **body)
            case "export_room":
                return await privacy.export_room(actor, **body)
            case "erase_room":
                return await privacy.erase_room(actor, **body, may_rebuild=True)
        return await privacy.erase(actor, **body, may_rebuild=True)


def json_text(value: Any) -> str:
    """Return indented JSON, to be written to a file."""
    from json import dumps

    return dumps(value, ensure_ascii=False, indent=2) + "\n"


def write_new(file: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    import os

    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{file} is there already. Name another file, or delete it first.")
    except OSError as error:
        fail(f"{file} cannot be written: {reason_of(error)}")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        file.unlink(missing_ok=True)
        fail(f"{file} cannot be written: {reason_of(error)}")
