"""Comparison of policy documents with the policies in force."""
