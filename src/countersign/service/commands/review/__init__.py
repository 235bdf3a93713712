"""Commands of moderators on what was decided: spam, incidents, the review queue, statistics."""
