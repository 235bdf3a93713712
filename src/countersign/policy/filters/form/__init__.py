"""Filters that judge the form and type of an event."""
