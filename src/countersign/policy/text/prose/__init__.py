"""Prose: the sender's own words in a text, apart from code and quotations."""
