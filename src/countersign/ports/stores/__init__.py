"""Protocols of the stores that the services use, one per file."""
