"""Filters that count: rates, floods, waves."""
