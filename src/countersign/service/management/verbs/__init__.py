"""Verbs of management rooms, by topic: each parses its words, runs a command, words the answer."""
