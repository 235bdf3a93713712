"""The dashboard: pages on which moderators see what was decided, and change it."""
