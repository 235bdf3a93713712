"""Requests to other servers: server discovery, address checks, limits."""
