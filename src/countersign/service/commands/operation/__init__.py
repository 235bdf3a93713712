"""Commands of operators: policies, rooms, keys and personal data."""
