"""Likeness of texts that were varied."""
