"""Prose: what in a text is its sender's own words, and what is code or quoted."""
