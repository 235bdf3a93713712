"""A second `make run` in the same folder."""

import os
import subprocess

from tests.architecture.repository import ROOT
from tests.cli.conftest import NAME
from tests.waiting import PATIENCE_SECONDS


def make_run(folder, *chosen):
    """Return how `make run` ends, without the set-up that it begins with."""
    surroundings = {key: value for key, value in os.environ.items() if key != "SERVER_NAME"}
    return subprocess.run(
        ["make", "--silent", "run", "--old-file=.venv/.runtime", f"DATA={folder}", *chosen],
        cwd=ROOT,
        env={**surroundings, "MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_another_name_than_that_of_the_server_that_is_there_is_refused(home):
    done = make_run(home.folder, "SERVER_NAME=other.example.com")

    assert done.returncode == 2
    assert f"{home.folder} belongs to the server {NAME}" in done.stderr
    assert f"make run DATA={home.folder}\n" in done.stderr
    new = f"make run SERVER_NAME=other.example.com DATA={home.folder}-other.example.com\n"
    assert new in done.stderr


def test_the_same_name_and_none_run_the_server_that_is_there(home):
    home.policy.unlink()  # so that it ends at once

    for chosen in ((f"SERVER_NAME={NAME}",), ()):
        done = make_run(home.folder, *chosen)

        assert done.returncode != 0
        assert f"The policy file {home.policy} cannot be read" in done.stderr
