"""`python -m countersign` is the command `countersign`."""

from countersign.cli.entry import main

main()
