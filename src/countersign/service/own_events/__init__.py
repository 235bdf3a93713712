"""Events of our own user in rooms: built, decided, signed, stored, and sent to their servers."""
