"""Ports of the stores for moderators' reviews."""
