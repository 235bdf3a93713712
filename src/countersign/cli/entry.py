"""The program's entry: a server heeds signals before it loads what takes long to load."""

import sys

from countersign.bootstrap.signals.early import heed_early


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["serve"]:
        heed_early()
    from countersign.cli.main import main as run

    run()
