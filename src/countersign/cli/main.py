"""The list of commands."""

import sys
from typing import Annotated

import typer

from countersign import __version__
from countersign.cli import check, decisions, init, keys, rooms, serve
from countersign.cli.output import fail
from countersign.protocol.errors import CountersignError

app = typer.Typer(
    name="countersign",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="A Matrix Policy Server: it checks every event before a room sees it, and signs or "
    "refuses.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"countersign {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None: ...


app.command("init")(init.init)
app.command("serve")(serve.serve)
app.command("keys")(keys.keys)
app.command("check")(check.check)
app.add_typer(rooms.app, name="rooms")
app.add_typer(decisions.app, name="decisions")


def main() -> None:
    """Run the command line; an error of ours is a sentence on stderr and exit status 1."""
    try:
        app()
    except CountersignError as error:
        fail(str(error))
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough.
        sys.stderr.close()
        sys.exit(0)
