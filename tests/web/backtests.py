"""Backtest jobs for tests of commands that begin none."""

from countersign.adapters.child_processes import JsonChildren
from countersign.service.trials.backtest_jobs import BacktestJobs
from countersign.testing.clocks import RepeatableRandomness


def make_backtests(world):
    return BacktestJobs(
        JsonChildren(["false"]),
        background=world.background,
        clock=world.clock,
        randomness=RepeatableRandomness(),
    )
