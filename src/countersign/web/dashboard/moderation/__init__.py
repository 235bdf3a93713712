"""Pages of moderators: what was decided, on whom, where, and what was done about it."""
