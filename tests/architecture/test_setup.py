"""Tests of `scripts/setup.sh`: which Python it makes the virtual environment with."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT

PROBED = """
import sys
import sysconfig

options = sysconfig.get_config_vars()
options["CONFIG_ARGS"] = {options!r}
sys.base_prefix = {prefix!r}
"""
WRAPPER = """#!/bin/sh
echo "$0 $*" >> {log}
case "$*" in "-m venv"* | "-m virtualenv"*)
    {venv}
esac
PYTHONPATH={site} exec {python} "$@"
"""
MAKES = 'mkdir -p "$3/bin"; ln -s "$0" "$3/bin/python"; exit 0'
FAILS = 'mkdir -p "$3"; exit 1'
NEEDS_PACKAGE = f"[ -e {{log}}.installed ] || exit 1; {MAKES}"


class Machine:
    """A PATH of its own, with Pythons that are this one and call themselves otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.path = [folder / "tools"]
        self.path[0].mkdir()
        for tool in ("sh", "id", "rm", "sed", "mkdir", "ln"):
            found = shutil.which(tool)
            assert found
            (self.path[0] / tool).symlink_to(found)

    def add(self, name: str, *, optimised: bool, venv: str = MAKES, prefix: str = "/opt") -> Path:
        """Put a Python at the end of the PATH, and return it."""
        folder = self.folder / f"path{len(self.path)}"
        folder.mkdir()
        options = "'--enable-optimizations'" if optimised else "'--enable-shared'"
        (folder / "sitecustomize.py").write_text(PROBED.format(options=options, prefix=prefix))
        self.path.append(folder)
        return self._write(
            folder / name,
            WRAPPER.format(
                log=self.log, site=folder, python=sys.executable, venv=venv.format(log=self.log)
            ),
        )

    def add_apt(self, *, works: bool) -> None:
        """Let us be root, and put an apt-get into the PATH; what it installs is a file."""
        (self.path[0] / "id").unlink()
        self._write(self.path[0] / "id", "#!/bin/sh\necho 0\n")
        does = f"touch {self.log}.installed" if works else "exit 100"
        self._write(self.path[0] / "apt-get", f"#!/bin/sh\nPATH=/usr/bin:/bin\n{does}\n")

    def set_up(self, asked_for: str = "") -> str:
        """Run the script as far as the virtual environment; return the Python that made it."""
        environment = {"PATH": os.pathsep.join(map(str, self.path)), "PYTHON": asked_for}
        command = ["/bin/sh", str(ROOT / "scripts/setup.sh"), str(self.folder / "venv"), "no-kind"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        self.said = done.stderr
        assert done.returncode == 1
        if "unknown kind of set-up" not in done.stderr:
            return ""
        return str((self.folder / "venv/bin/python").readlink())

    def _write(self, path: Path, text: str) -> Path:
        path.write_text(text)
        path.chmod(0o755)
        return path


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_an_optimised_python_comes_before_a_plain_one(machine):
    machine.add("python3.11", optimised=False)
    optimised = machine.add("python3.11", optimised=True)
    machine.add("python3.13", optimised=True)
    assert machine.set_up() == str(optimised)


def test_the_python_of_the_distribution_is_optimised_without_saying_so(machine):
    machine.add("python3.11", optimised=False)
    distribution = machine.add("python3", optimised=False, prefix="/usr")
    assert machine.set_up() == str(distribution)


def test_the_python_that_was_asked_for_is_taken(machine):
    plain = machine.add("python3.12", optimised=False)
    machine.add("python3.11", optimised=True)
    assert machine.set_up(asked_for="python3.12") == str(plain)
    assert machine.set_up(asked_for=str(plain)) == str(plain)


def test_one_that_makes_no_environment_gives_way_to_the_next(machine):
    machine.add("python3.11", optimised=True, venv=FAILS)
    plain = machine.add("python3.11", optimised=False)
    assert machine.set_up() == str(plain)


def test_without_any_python_the_error_says_what_to_do(machine):
    assert machine.set_up() == ""
    assert "Python 3.11 or newer is needed" in machine.said


def test_without_a_usable_python_the_error_says_what_to_do(machine):
    machine.add("python3.11", optimised=True, venv=FAILS)
    assert machine.set_up() == ""
    assert "apt-get install python3-venv" in machine.said


def test_root_installs_what_the_python_of_the_distribution_lacks(machine):
    machine.add("python3.11", optimised=False)
    machine.add_apt(works=True)
    distribution = machine.add("python3", optimised=False, prefix="/usr", venv=NEEDS_PACKAGE)
    assert machine.set_up() == str(distribution)


def test_a_package_that_cannot_be_installed_is_no_failure_while_there_is_another(machine):
    plain = machine.add("python3.11", optimised=False)
    machine.add_apt(works=False)
    machine.add("python3", optimised=False, prefix="/usr", venv=NEEDS_PACKAGE)
    assert machine.set_up() == str(plain)
