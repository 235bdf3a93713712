"""Filters that judge senders and their names."""
