"""Limits on requests: token buckets and the fair queue."""
