"""Trials of policies without effect: dry runs, and backtests on the archive."""
