"""Answers to what filters ask, one module for each kind of question."""
