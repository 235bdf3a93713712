"""Recent messages, kept in memory for minutes or a day, by which later ones are judged."""
