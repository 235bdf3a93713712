"""Posting JSON to external checkers and webhooks."""
