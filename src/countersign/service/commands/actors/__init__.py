"""Actors: permissions, tokens, sign-in, confirmations, and the audit log."""
