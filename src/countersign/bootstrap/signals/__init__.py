"""Signals of a server: before its event loop runs, and while it does."""
