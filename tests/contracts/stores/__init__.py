"""Contracts of stores. `countersign.testing.contracts` says how one is used, and has more."""
