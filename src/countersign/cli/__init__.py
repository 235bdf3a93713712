"""The command `countersign`, with one file for each subcommand."""
