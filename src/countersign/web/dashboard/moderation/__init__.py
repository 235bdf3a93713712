"""Pages for moderators: decisions, people, rooms and measures."""
