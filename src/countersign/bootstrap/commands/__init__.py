"""Builds the commands: over a running server, or over the database alone."""
