"""Filters that ask external checkers."""
