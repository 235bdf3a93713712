"""Rendering of texts: writing direction, flags, and words too long for a line."""
