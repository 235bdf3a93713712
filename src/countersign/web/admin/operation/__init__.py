"""Endpoints for operators: rooms, policies, access, privacy, keys, health."""
