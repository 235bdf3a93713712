"""Commands of moderators: decisions, trust, raid mode, lists, leaks, and undo."""
