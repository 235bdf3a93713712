"""Actors: what each may do where, their tokens, and the audit log of what they did."""
