"""Requests for signatures, transactions of other servers, and the keys that we publish."""
