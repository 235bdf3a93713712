"""Kinds of events: follow-ups, membership changes, and the aspects that some filters look for."""
