"""The list of commands.

A command imports what else it needs when it runs, so that `--help` does not load a web server.
"""

import shlex
import sys
from typing import Annotated

import typer

from countersign import __version__
from countersign.cli.hints import know_commands
from countersign.cli.moderation import (
    appeals,
    audit,
    confirmations,
    decisions,
    guard,
    incidents,
    indicators,
    leaks,
    mutes,
    raid,
    reviews,
    spam,
    trust,
)
from countersign.cli.operation import (
    community,
    database,
    doctor,
    init,
    keys,
    privacy,
    protect,
    rooms,
    serve,
    tokens,
)
from countersign.cli.output import fail
from countersign.cli.policies import archive, check, filters, lists, policy
from countersign.cli.streams import prepare_streams
from countersign.protocol.errors import CountersignError

app = typer.Typer(
    name="countersign",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
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
        typer.Option(
            "--version",
            metavar="",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None: ...


app.command("init")(init.init)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.add_typer(keys.app, name="keys")
app.add_typer(community.app, name="community")
app.add_typer(rooms.app, name="rooms")
app.command("protect")(protect.protect)
app.add_typer(lists.app, name="lists")
app.command("check")(check.check)
app.add_typer(policy.app, name="policy")
app.add_typer(filters.app, name="filters")
app.add_typer(archive.app, name="archive")
app.add_typer(database.app, name="database")
app.add_typer(privacy.app, name="privacy")
decisions.app.command("spam")(spam.mark)
decisions.app.command("not-spam")(spam.take_back)
app.add_typer(decisions.app, name="decisions")
app.add_typer(incidents.app, name="incidents")
app.add_typer(reviews.app, name="reviews")
app.add_typer(appeals.app, name="appeals")
app.add_typer(leaks.app, name="leaks")
app.add_typer(trust.app, name="trust")
app.add_typer(raid.app, name="raid")
app.add_typer(guard.app, name="guard")
app.add_typer(indicators.app, name="indicators")
app.add_typer(mutes.app, name="mutes")
app.add_typer(audit.app, name="audit")
app.add_typer(confirmations.app, name="confirmations")
app.command("undo")(audit.undo)
app.add_typer(tokens.app, name="tokens")
app.command("freeze")(tokens.freeze)
app.command("unfreeze")(tokens.unfreeze)
know_commands(app)


def main() -> None:
    """Run the command line; an error of ours is a sentence on stderr and exit status 1."""
    prepare_streams()
    try:
        try:
            _check_arguments()
            app(prog_name="countersign")
        finally:
            sys.stdout.flush()
    except CountersignError as error:
        fail(str(error))


def _check_arguments() -> None:
    """Refuse arguments that are no valid text, and the settings in front of the command.

    Python passes bytes that are no text on as surrogates.
    """
    for argument in sys.argv:
        if not argument.isascii() and argument.encode(errors="replace").decode() != argument:
            fail(f"{argument!r} is not text in UTF-8. Try again with: LC_ALL=C.UTF-8")
    match sys.argv[1:]:
        case ["--config" | "-c" as option, file, *command]:
            words = shlex.join(["countersign", *(command or ["COMMAND"]), option, file])
            fail(f"The option {option} stands after the command: {words}")
