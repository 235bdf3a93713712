"""Requests of ours to other servers: resolved, guarded, bounded."""
