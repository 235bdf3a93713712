"""Signs without letters: what turns a text round, and emoji that are spelled with several."""
