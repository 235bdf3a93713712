"""`countersign database`: migrate, back up, restore; carry to PostgreSQL and back."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from countersign.cli.output import console, errors, print_json, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from countersign.bootstrap.storage.databases import BackedUp
    from countersign.bootstrap.storage.transfers import Transferred

app = typer.Typer(no_args_is_help=True, help="Migrate, back up, restore and move the database.")


@app.command("migrate")
def migrate(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Bring the database to the schema of this program.

    On SQLite `countersign serve` does the same when it starts; on PostgreSQL it makes the schema in
    an empty database and leaves the rest to this command, since others may use the database. A
    server that is running goes on if it can use the new schema; otherwise this command refuses.
    """
    from countersign.bootstrap.storage.databases import migrate_database
    from countersign.config import read_config

    migrated = migrate_database(read_config(config))
    place, before, after = str(migrated.place), migrated.before, migrated.after
    if json:
        print_json({"file": place, "before": before.version, "version": after.version})
        return
    if before == after:
        console.print(f"{printable(place)} is at schema version {after.version} already.")
        return
    console.print(
        f"{printable(place)} is now at schema version {after.version} (it was at "
        f"{before.version}). Programs from schema version {after.min_compatible} on can use it."
    )


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup file to write.")],
    config: ConfigOption = DEFAULT_CONFIG,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Overwrite an existing file.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Copy the database to a file while the server runs.

    The copy is a SQLite file, also of a database in PostgreSQL. It is checked, and readable by its
    owner only. It holds what was decided until now; keys, settings and policies are files of their
    own.
    """
    from countersign.bootstrap.storage.databases import back_up_database
    from countersign.config import read_config

    with _shown_progress(is_shown=not json) as progress:
        made = back_up_database(read_config(config), file, may_replace=force, progress=progress)
    if json:
        print_json(_as_json(made))
        return
    replaced = " It replaced the backup that was there." if made.replaced else ""
    console.print(f"{printable(str(file))} is a backup: {_in_words(made)}.{replaced}")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup file.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Put a backup in the place of the database, while no server runs.

    The backup is checked first and stays as it is; a SQLite database that was there is kept aside.
    A database in PostgreSQL must be empty: create one, and name it in the settings. What was
    decided since the backup was made is forgotten and may be decided anew.
    """
    from countersign.bootstrap.storage.databases import restore_database
    from countersign.config import read_config

    with _shown_progress(is_shown=not json) as progress:
        restored = restore_database(read_config(config), file, progress)
    if json:
        print_json(_as_json(restored))
        return
    console.print(f"{printable(str(file))} is the database now: {_in_words(restored)}.")
    if restored.replaced is not None:
        console.print(f"The database that was there is {printable(str(restored.replaced))}.")


FileArgument = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="The SQLite database; its archive is in the same folder."),
]


@app.command("import")
def import_(
    file: FileArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Copy a SQLite database to the PostgreSQL database that the settings name.

    Every row is compared afterwards. No server may run on either database. An interrupted import
    continues when the command is run again; until it has ended, no server starts on the database.
    """
    from countersign.bootstrap.storage.transfers import import_database
    from countersign.config import read_config

    with _shown_progress(is_shown=not json) as progress:
        done = import_database(read_config(config), file, progress)
    _show_transfer(done, "is in", json=json)


@app.command("export")
def export(
    file: FileArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Copy the PostgreSQL database of the settings to a new SQLite file, as of one moment.

    A server may run meanwhile. Every row is compared afterwards. The settings can name the file in
    place of PostgreSQL then, and `countersign database import` takes it.
    """
    from countersign.bootstrap.storage.transfers import export_database
    from countersign.config import read_config

    with _shown_progress(is_shown=not json) as progress:
        done = export_database(read_config(config), file, progress)
    _show_transfer(done, "holds all of", json=json)


@app.command("verify")
def verify(
    file: FileArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Compare the PostgreSQL database of the settings with a SQLite file, row by row."""
    from countersign.bootstrap.storage.transfers import verify_database
    from countersign.config import read_config

    with _shown_progress(is_shown=not json) as progress:
        done = verify_database(read_config(config), file, progress)
    _show_transfer(done, "holds the same as", json=json)


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


def _show_transfer(done: "Transferred", what: str, *, json: bool) -> None:
    if json:
        print_json({"file": str(done.file), "database": str(done.place), "rows": done.rows})
        return
    console.print(
        f"{printable(str(done.file))} {what} {printable(str(done.place))}:"
        f" {sum(done.rows.values()):,} rows in {len(done.rows)} tables, every one compared."
    )


def _in_words(made: "BackedUp") -> str:
    rows = made.copied.rows
    return (
        f"{rows.get('decisions', 0):,} decisions, {rows.get('rooms', 0):,} rooms, schema version "
        f"{made.copied.schema.version}, {made.copied.size_bytes:,} bytes; checked"
    )


def _as_json(made: "BackedUp") -> dict[str, object]:
    return {
        "file": str(made.file),
        "replaced": None if made.replaced is None else str(made.replaced),
        "schema_version": made.copied.schema.version,
        "size_bytes": made.copied.size_bytes,
        "rows": dict(made.copied.rows),
    }
