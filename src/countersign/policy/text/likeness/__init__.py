"""Likeness of varied texts."""
