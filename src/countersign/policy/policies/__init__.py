"""Policy documents: reading, schema, comparison, lint and tests."""
