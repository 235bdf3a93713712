"""Policies in force, and the rooms of each community."""
