"""What our own user sends, in SQLite: all its events, and its messages in management rooms."""
