"""Policies tried without effect: dry runs, and backtests on the archive."""
