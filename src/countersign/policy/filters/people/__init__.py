"""Filters that look at who sends, and at how people are called."""
