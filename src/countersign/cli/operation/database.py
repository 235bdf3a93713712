"""`countersign database`: migrate the database, back it up, restore a backup."""

import typer

from countersign.cli.options import DEFAULT_CONFIG, ConfigOption
from countersign.cli.output import console, printable

app = typer.Typer(no_args_is_help=True, help="Migrate the database, back it up, restore it.")


@app.command("migrate")
def migrate(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Bring the database to the schema of this program.

    `countersign serve` does the same when it starts; no other command does. A server that is
    running goes on if it can use the new schema; otherwise this command refuses.
    """
    from countersign.bootstrap.databases import migrate_database
    from countersign.config import read_config

    migrated = migrate_database(read_config(config))
    file, before, after = migrated.file, migrated.before, migrated.after
    if before == after:
        console.print(f"{printable(str(file))} is at schema version {after.version} already.")
        return
    console.print(
        f"{printable(str(file))} is now at schema version {after.version} (it was at "
        f"{before.version}). Programs from schema version {after.min_compatible} on can use it."
    )
