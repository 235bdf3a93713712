"""Layer 4: HTTP endpoints. Services raise errors; `web/errors.py` alone turns them into answers."""
