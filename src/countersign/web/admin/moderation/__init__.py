"""Endpoints for moderators: decisions, trust, raid mode, mutes, indicators, lists, leaks."""
