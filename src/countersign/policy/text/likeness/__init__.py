"""How alike texts are that were varied."""
