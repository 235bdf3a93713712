"""Builds what tries policies without effect: dry runs, and the process of a backtest."""
