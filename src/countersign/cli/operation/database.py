"""`countersign database`: migrate, back up, restore; carry to PostgreSQL and back."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countersign.cli.commands import command, end_if_json, is_json_wanted
from countersign.cli.output import console, errors, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from countersign.bootstrap.storage.databases import BackedUp
    from countersign.bootstrap.storage.transfers import Transferred
    from countersign.config import Config

app = typer.Typer(no_args_is_help=True, help="Migrate, back up, restore and move the database.")


@command(app, "migrate")
def migrate(settings: "Config") -> None:
    """Bring the database to the schema of this program.

    On SQLite `countersign serve` does the same when it starts; on PostgreSQL it makes the schema in
    an empty database and leaves the rest to this command, since others may use the database. A
    server that is running goes on if it can use the new schema; otherwise this command refuses.
    """
    from countersign.bootstrap.storage.databases import migrate_database

    migrated = migrate_database(settings)
    place, before, after = str(migrated.place), migrated.before, migrated.after
    end_if_json({"file": place, "before": before.version, "version": after.version})
    if before == after:
        console.print(f"{printable(place)} is at schema version {after.version} already.")
        return
    console.print(
        f"{printable(place)} is now at schema version {after.version} (it was at "
        f"{before.version}). Programs from schema version {after.min_compatible} on can use it."
    )


@command(app, "backup")
def backup(
    settings: "Config",
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup file to write.")],
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Overwrite an existing file.")
    ] = False,
) -> None:
    """Copy the database to a file while the server runs.

    The copy is a SQLite file, also of a database in PostgreSQL. It is checked, and readable by its
    owner only. Keys, settings and policies are files, and not in it.
    """
    from countersign.bootstrap.storage.databases import back_up_database

    with _shown_progress(is_shown=not is_json_wanted()) as progress:
        result = back_up_database(settings, file, may_replace=force, progress=progress)
    end_if_json(_as_json(result))
    replaced = " It replaced the backup that was there." if result.replaced else ""
    console.print(f"{printable(str(file))} is a backup: {_in_words(result)}.{replaced}")


@command(app, "restore")
def restore(
    settings: "Config",
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup file.")],
) -> None:
    """Replace the database with a backup, while no server runs.

    The backup is checked first and stays as it is. An existing SQLite database is kept under
    another name. A database in PostgreSQL must be empty: create one, and name it in the settings.
    Decisions made since the backup are lost, and may be made again.
    """
    from countersign.bootstrap.storage.databases import restore_database

    with _shown_progress(is_shown=not is_json_wanted()) as progress:
        restored = restore_database(settings, file, progress)
    end_if_json(_as_json(restored))
    console.print(f"{printable(str(file))} is the database now: {_in_words(restored)}.")
    if restored.replaced is not None:
        console.print(f"The database that was there is {printable(str(restored.replaced))}.")


FileArgument = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="The SQLite database; its archive is in the same folder."),
]


@command(app, "import")
def import_(settings: "Config", file: FileArgument) -> None:
    """Copy a SQLite database to the PostgreSQL database that the settings name.

    Every row is compared afterwards. No server may run on either database. An interrupted import
    continues when the command is run again; until it has ended, no server starts on the database.
    """
    from countersign.bootstrap.storage.transfers import import_database

    with _shown_progress(is_shown=not is_json_wanted()) as progress:
        result = import_database(settings, file, progress)
    _show_transfer(result, "is in")


@command(app, "export")
def export(settings: "Config", file: FileArgument) -> None:
    """Copy the PostgreSQL database of the settings to a new SQLite file, as of one moment.

    A server may run meanwhile. Every row is compared afterwards. The settings can name the file in
    place of PostgreSQL then, and `countersign database import` takes it.
    """
    from countersign.bootstrap.storage.transfers import export_database

    with _shown_progress(is_shown=not is_json_wanted()) as progress:
        result = export_database(settings, file, progress)
    _show_transfer(result, "holds all of")


@command(app, "verify")
def verify(settings: "Config", file: FileArgument) -> None:
    """Compare the PostgreSQL database of the settings with a SQLite file, row by row."""
    from countersign.bootstrap.storage.transfers import verify_database

    with _shown_progress(is_shown=not is_json_wanted()) as progress:
        result = verify_database(settings, file, progress)
    _show_transfer(result, "holds the same as")


@contextmanager
def _shown_progress(*, is_shown: bool) -> "Iterator[Callable[[str, int, int], None]]":
    """Yield a function that shows a table, its rows done and its rows, if there is a terminal."""
    if not is_shown or not errors.is_terminal:
        yield lambda *_: None
        return
    from rich.progress import Progress

    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("")
        yield lambda table, done, total: bar.update(
            task, description=table, completed=done, total=total
        )


def _show_transfer(result: "Transferred", verb: str) -> None:
    end_if_json({"file": str(result.file), "database": str(result.place), "rows": result.rows})
    console.print(
        f"{printable(str(result.file))} {verb} {printable(str(result.place))}:"
        f" {sum(result.rows.values()):,} rows in {len(result.rows)} tables, every one compared."
    )


def _in_words(result: "BackedUp") -> str:
    rows = result.copied.rows
    return (
        f"{rows.get('decisions', 0):,} decisions, {rows.get('rooms', 0):,} rooms, schema version "
        f"{result.copied.schema.version}, {result.copied.size_bytes:,} bytes; checked"
    )


def _as_json(result: "BackedUp") -> dict[str, object]:
    return {
        "file": str(result.file),
        "replaced": None if result.replaced is None else str(result.replaced),
        "schema_version": result.copied.schema.version,
        "size_bytes": result.copied.size_bytes,
        "rows": dict(result.copied.rows),
    }
