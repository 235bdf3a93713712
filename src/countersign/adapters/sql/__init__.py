"""The durable stores, over SQLite."""
