"""Personal data in the database: where they are, for how long they are kept, and how they go."""
