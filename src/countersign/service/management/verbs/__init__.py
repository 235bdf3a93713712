"""Verbs of management rooms by topic: each reads its words, gives a command, words its answer."""
