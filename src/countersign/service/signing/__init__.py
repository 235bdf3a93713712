"""Answers to requests for signatures, and what other servers push to us."""
