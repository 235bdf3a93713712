"""The rooms that we protect: joined, followed, left."""
