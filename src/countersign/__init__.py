"""Countersign, a Matrix Policy Server: it signs the events a room wants, and refuses the rest."""

__version__ = "0.1.0"
