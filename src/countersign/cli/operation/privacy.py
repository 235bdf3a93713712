"""`countersign privacy`: what is known of a person, their erasure, and a notice for your rooms."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from countersign.cli import admin_client
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, UserArgument
from countersign.cli.output import advice, console, fail, note, print_json, printable

if TYPE_CHECKING:
    from countersign.config import Config

app = typer.Typer(no_args_is_help=True, help="Personal data: export, erase, and a notice.")

ACTOR: Final = "offline"
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Write to this file, which must not be there yet."),
]


@app.command("export")
def export(
    user: UserArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Print everything that is known of a person, as JSON by table.

    What names them in others' data is there too: look through it before you hand it out.
    """
    from countersign.config import read_config

    settings = read_config(config)
    found = _ask(settings, "export", {"user_id": user})
    if found["cut_tables"]:
        tables = printable(", ".join(found["cut_tables"]))
        note(f"Not all is here: of {tables} only the first rows. Erase what is here, export again.")
    if out is None:
        print_json(found)
        return
    write_new(out, json_text(found))
    if json:
        print_json({"file": str(out)})
        return
    rows = sum(map(len, found["tables"].values()))
    console.print(f"Wrote {rows:,} row{'s' * (rows != 1)} to {printable(str(out))}.")


@app.command("erase")
def erase(
    user: UserArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", metavar="", help="Do not ask whether you are sure.")
    ] = False,
    with_given: Annotated[
        bool,
        typer.Option(
            "--with-bans", metavar="", help="Also the trust that moderators gave, such as bans."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Delete everything about a person; it cannot be undone.

    Verdicts stay by their keys, which name nobody, and so does the state of rooms that they are in.
    It works with the server running or not.
    """
    from countersign.config import read_config

    settings = read_config(config)
    if not yes and not typer.confirm(f"Erase {user}? It cannot be undone.", err=True):
        fail("Nothing was erased.")
    done = _ask(settings, "erase", {"user_id": user, "with_given": with_given})
    if json:
        print_json(done)
        return
    rows = ", ".join(f"{count:,} in {table}" for table, count in sorted(done["erased"].items()))
    console.print(f"Erased {printable(user)}: {rows or 'nothing was known of them'}.")
    for table, why in sorted(done["stays"].items()):
        console.print(f"  [yellow]stays[/] {printable(table)}: {printable(why)}")
    if not done["is_scrubbed"]:
        again = advice(f"countersign privacy erase {user} --yes")
        console.print(
            "Copies may be left in unused parts of the database's file: it is too large to rebuild "
            f"while the server runs. Stop the server some time, and run once more: {again}"
        )
    console.print(
        "Backups, logs and the policy files are as they were; other servers keep what they have."
    )


@app.command("notice")
def notice(
    config: ConfigOption = DEFAULT_CONFIG, out: OutOption = None, json: JsonOption = False
) -> None:
    """Write a notice for the people of your rooms, in Markdown: what is kept, why, how long.

    It is made from the settings and is a beginning: read it, and add what your law asks for.
    """
    from countersign.bootstrap.privacy.notice import write_notice
    from countersign.config import read_config

    text = write_notice(read_config(config))
    if out is not None:
        write_new(out, text)
    if json:
        print_json({"notice": text, "file": None if out is None else str(out)})
        return
    if out is None:
        print(text, end="")
        return
    console.print(f"Wrote {printable(str(out))}.")


def _ask(settings: "Config", what: str, body: dict[str, Any]) -> Any:
    """Have the running server do it, or do it on the database while none runs."""
    try:
        (answer,) = admin_client.post(settings, f"/_countersign/v1/privacy/{what}", body)
    except admin_client.ServerNotRunning:
        return asyncio.run(_do_offline(settings, what, body))
    return answer


async def _do_offline(settings: "Config", what: str, body: dict[str, Any]) -> Any:
    from countersign.bootstrap.privacy.erasure import open_offline_privacy
    from countersign.ports.actors import Actor, ActorKind, Face

    actor = Actor.unlimited(ACTOR, ActorKind.OFFLINE, Face.CLI)
    async with open_offline_privacy(settings) as privacy:
        if what == "export":
            return await privacy.export(actor, user_id=body["user_id"])
        return await privacy.erase(
            actor, user_id=body["user_id"], with_given=body["with_given"], may_rebuild=True
        )


def json_text(value: Any) -> str:
    """Return JSON for people and programs, to be written to a file."""
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
        fail(f"{file} cannot be written: {error.strerror}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
