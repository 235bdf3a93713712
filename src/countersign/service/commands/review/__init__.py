"""Commands of moderators on past decisions: spam, incidents, review queue, statistics."""
