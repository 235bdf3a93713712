"""Personal data in SQLite: where they are, for how long they are kept, and how they go."""
