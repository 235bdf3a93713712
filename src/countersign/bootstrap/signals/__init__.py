"""Handling of signals: before the event loop runs, and while it runs."""
