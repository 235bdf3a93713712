"""Adapters that keep what several processes count together in a Valkey or Redis server."""
