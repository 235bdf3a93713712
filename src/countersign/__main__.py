"""`python -m countersign` is the command `countersign`."""

from countersign.cli.main import main

main()
