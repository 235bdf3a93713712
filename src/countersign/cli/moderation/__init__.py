"""Commands of a moderator."""
