"""Filters that read texts."""
