"""Contracts of further stores as test suites; see `countersign.testing.contracts` for their use."""
