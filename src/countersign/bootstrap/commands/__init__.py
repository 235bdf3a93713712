"""Construction of the commands, for a running server or for the database alone."""
