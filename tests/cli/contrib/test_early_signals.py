"""SIGHUP ends no server that is only being started, by the unit or in the container.

While Python itself starts, the program cannot hold it back yet.
"""

import os
import re
import shlex
import subprocess
import sys
import time

import pytest

from tests.cli.contrib.test_container import START
from tests.cli.contrib.test_systemd import UNIT
from tests.cli.operation.test_signals_at_start import refuse
from tests.cli.running_server import RunningServer, put_in_room
from tests.deployments import ONE_PROCESS, TWO_WORKERS, settings_of
from tests.waiting import PATIENCE_SECONDS


def by_the_unit(home, program):
    (line,) = re.findall(r"^ExecStart=(.*)$", UNIT.read_text(), re.MULTILINE)
    words = shlex.split(line)
    return [
        word.replace("/usr/local/bin/countersign", str(program)).replace(
            "/var/lib/countersign/countersign.yaml", str(home.config)
        )
        for word in words
    ]


def in_the_container(home, program):
    return ["sh", str(START)]


@pytest.mark.parametrize(
    ("command_of", "deployment"),
    [(by_the_unit, ONE_PROCESS), (in_the_container, ONE_PROCESS), (by_the_unit, TWO_WORKERS)],
)
def test_a_reload_ends_no_server_while_python_starts(new_home, tmp_path, command_of, deployment):
    home = new_home
    home.set(**settings_of(deployment))
    put_in_room(home)
    program = tmp_path / "programs" / "countersign"
    program.parent.mkdir()
    # The signal comes before Python has run anything.
    program.write_text(f'#!/bin/sh\nkill -HUP $$\nexec "{sys.executable}" -m countersign "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    process = subprocess.Popen(
        command_of(home, program),
        env={**os.environ, "PATH": path, "COUNTERSIGN_CONFIG": str(home.config)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    server = RunningServer(home, process)
    try:
        server.wait_until_ready()
        assert server.ask("hello")[0] == 200
        refuse(home, "casino")
        server.hang_up()
        depth = 10
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while server.ask(f"casino {depth}", depth=depth)[0] != 400:
            assert time.perf_counter() < deadline
            depth += 1
            time.sleep(0.1)
        assert server.terminate() == 0
    finally:
        server.kill()
