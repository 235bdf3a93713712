"""The stores, over SQLite."""
