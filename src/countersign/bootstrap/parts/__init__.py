"""The parts of a running server, each built in a module of its own."""
