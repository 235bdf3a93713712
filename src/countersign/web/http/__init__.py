"""The HTTP server: listeners, connections, requests, answers."""
