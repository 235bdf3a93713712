"""Shared counters and broadcasts in a Valkey or Redis server."""
