"""Servers of short campaigns, which start in forks."""

import os

import pytest

from campaigns import http_fuzz, in_process, killed_workers, lost_parts, server
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="session", autouse=True)
def without_haste():
    """Let a short campaign fail by what is answered: the long ones also look at the times."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(http_fuzz, "TOO_SLOW_SECONDS", PATIENCE_SECONDS)
        patched.setattr(in_process, "SLOW_SECONDS", PATIENCE_SECONDS)
        patched.setattr(killed_workers, "PATIENCE_SECONDS", PATIENCE_SECONDS)
        patched.setattr(lost_parts, "GAVE_UP_SECONDS", PATIENCE_SECONDS)
        yield


@pytest.fixture(scope="session", autouse=True)
def servers_in_forks(forks):
    """Start whole programs in forks, and those that are altered as programs of their own."""
    open_program = server.open_program

    def open_forked(program, arguments, output):
        if program != server.PROGRAM:
            return open_program(program, arguments, output)
        return forks.start_group(arguments, environment={**os.environ}, output=output)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(server, "open_program", open_forked)
        yield
