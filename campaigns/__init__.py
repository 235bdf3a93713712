"""Campaigns: long attacks on a real server, each with an independent judge; see README.md."""
