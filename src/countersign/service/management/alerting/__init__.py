"""Alerts in management rooms: what is refused, told by incident in few messages."""
