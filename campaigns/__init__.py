"""Campaigns: long attacks on a real server, each with a judge of its own; see README.md."""
