"""Waiting in the event loop without a task."""
