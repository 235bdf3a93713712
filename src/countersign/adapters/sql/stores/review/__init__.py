"""Stores for moderators' reviews: appeals, reports, sessions, and the search for decisions."""
