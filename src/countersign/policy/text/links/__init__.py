"""Links: where they stand in a text, where they lead, and how they are disguised."""
