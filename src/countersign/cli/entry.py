"""Entry point of the program: a server handles signals before it loads slow modules."""

import sys

from countersign.bootstrap.signals.early import handle_signals_early


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["serve"]:
        handle_signals_early()
    from countersign.cli.main import main as run

    run()
