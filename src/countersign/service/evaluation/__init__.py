"""The decision on one event."""
