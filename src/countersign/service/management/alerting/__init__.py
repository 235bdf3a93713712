"""Alerts in management rooms: refusals, grouped by incident, in few messages."""
