"""Filters that look at the form and kind of an event."""
