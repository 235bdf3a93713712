"""The command `countersign`: one subcommand a file."""
