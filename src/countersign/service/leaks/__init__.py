"""Refused events that reached their rooms: noticed, recorded, handed over for redaction."""
