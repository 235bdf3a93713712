"""Commands on policies and what they were made of."""
