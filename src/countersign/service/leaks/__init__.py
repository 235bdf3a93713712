"""Leaks, which are refused events that reached their rooms: detection, records, redaction."""
