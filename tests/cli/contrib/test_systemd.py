"""The systemd unit is sandboxed as far as possible, and the program runs within it."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT
from tests.cli.conftest import COMMAND
from tests.cli.running_server import put_in_room

UNIT = ROOT / "contrib" / "systemd" / "countersign.service"
PROGRAM = "/usr/local/bin/countersign"
WORST_EXPOSURE = 20
"""Highest exposure level, in tenths; `systemd-analyze` calls it OK up to 2.0."""


def test_the_unit_exposes_little():
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd-analyze: apt-get install systemd")
    command = [analyze, "security", "--offline=yes", f"--threshold={WORST_EXPOSURE}", "--no-pager"]

    done = subprocess.run([*command, UNIT], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Overall exposure level" in done.stdout


def test_no_memory_is_writable_and_executable_at_once(home, start):
    put_in_room(home)
    server = start(home)
    assert server.ask("hello")[0] == 200

    maps = Path(f"/proc/{server.pid}/maps").read_text()
    permissions = [line.split()[1] for line in maps.splitlines()]

    assert "MemoryDenyWriteExecute=yes" in UNIT.read_text()
    assert any("x" in each for each in permissions)
    assert not [each for each in permissions if "w" in each and "x" in each]


def test_the_command_in_the_unit_is_one_that_there_is():
    (line,) = [line for line in UNIT.read_text().splitlines() if line.startswith("ExecStart=")]
    shell, option, script = shlex.split(line.removeprefix("ExecStart="))
    assert PROGRAM in script
    script = script.replace(PROGRAM, shlex.join(COMMAND))

    done = subprocess.run([shell, option, script], capture_output=True, text=True)

    assert done.returncode == 1
    assert "/var/lib/countersign/countersign.yaml" in done.stderr
