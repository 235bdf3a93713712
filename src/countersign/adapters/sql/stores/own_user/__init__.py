"""Stores of what our own user sends: all its events, and its messages in management rooms."""
