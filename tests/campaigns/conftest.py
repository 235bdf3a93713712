"""Servers of short campaigns, which start in forks."""

import os

import pytest

from campaigns import server


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
