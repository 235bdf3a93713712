"""Explanations of refusals for people who have the reference, and appeals."""
