"""Contracts of ports as test suites, which every adapter of a port inherits."""
