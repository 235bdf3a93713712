"""Personal data in the database: where they are, their retention, export and erasure."""
