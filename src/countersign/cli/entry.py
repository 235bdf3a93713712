"""The program's entry: a server heeds signals before it loads what takes long to load."""

import sys

from countersign.bootstrap.signals.early import handle_signals_early


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["serve"]:
        handle_signals_early()
    from countersign.cli.main import main as run

    run()
