"""Every command in the documentation is run as written, against a real server."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from urllib.request import Request, urlopen

import pytest

from tests.cli.conftest import NAME, Home, run_command, start_server
from tests.cli.running_server import PEER, ROOM_ID, RunningServer, put_in_room
from tests.docs.fences import ROOT, fences
from tests.waiting import PATIENCE_SECONDS

REFERENCE = "7F3K9-QX2MB"
"""Stands for the reference of a decision wherever the pages need one."""
ROOMS = ("'!room:example.org'", "'!abc:example.org'")
BACKUP = "/var/backups/countersign.db"

NOT_RUN = {
    "make": "runs or installs the whole program: only its target is looked for",
    "countersign rooms join": "needs another homeserver: the journeys join, here it is only parsed",
    "countersign rooms leave": "likewise",
    "countersign community": "leaves the only room; tests/cli/operation/test_community.py runs it",
    "systemctl": "needs systemd as the init system",
    "sudo": "changes the machine; tests/cli/contrib looks at what it installs",
    "podman": "needs a builder and minutes; make image runs them",
    "python benchmarks/": "needs the repository; tests/campaigns/test_capacity.py runs it",
    "COUNTERSIGN_SERVER_NAME=policy.example.org docker": "likewise",
    "docker": "likewise",
    "kubectl": "likewise",
    "cd contrib/cluster": "likewise",
    "cp countersign.yaml": "likewise",
    "head -c 24 /dev/urandom": "likewise",
    "countersign database import": "needs PostgreSQL; tests/cli/operation/test_postgres.py runs it",
    "countersign database migrate --config /var/lib": "likewise",
}
"""Beginnings of commands, and why they are not run."""
STATUSES = {
    "countersign doctor": 1,  # no other server reaches one on loopback; it says so
    "countersign guard restore newcomer-links": 1,  # nothing was dropped
    "countersign check event.json": 3,  # it is refused
    "countersign mutes end @": 1,  # nobody is muted
    'countersign policy rollback --note "refuses': 1,  # there was none before
    "countersign protect": 1,  # no other server is there to let us in
}
"""Beginnings of commands that do not end with 0 here."""


class PageFolder:
    """A folder in which the commands of one page find what the page speaks of."""

    def __init__(self, folder, environment, reference, forks):
        self.folder = folder
        self._forks = forks
        self._environment = environment
        self._reference = reference

    def run(self, line):
        line = line.replace(REFERENCE, self._reference)
        line = line.replace(BACKUP, str(self.folder / "countersign.db"))
        if plain(line).startswith("countersign init"):
            # The other commands' folder is there already.
            line = line.replace("--dir data", f"--dir {tempfile.mkdtemp(dir=self.folder)}/data")
        words = shlex.split(line)
        is_extended = any(self.folder.glob(".venv/lib/*/site-packages/*.dist-info"))
        if plain(words[0]) == "countersign" and not set(line) & set("$|<>;&`") and not is_extended:
            # As a shell would run it, without the time that Python takes to start.
            status, out, err = self._forks.run(
                words[1:], stdin="", cwd=str(self.folder), environment=self._environment
            )
            return subprocess.CompletedProcess(words, status, out, err)
        return subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory, forks):
    folder = tmp_path_factory.mktemp("docs")
    assert run_command("init", "--server-name", NAME, "--dir", folder / "data").status == 0
    home = Home(folder / "data")
    home.set(listen=[{"address": "127.0.0.1", "port": 0}], archive={"is_on": True})
    home.policy.write_text("filters: [{name: adverts, keyword: {words: [cheap watches]}}]\n")
    put_in_room(home)
    (folder / "event.json").write_text(
        json.dumps(PEER.event(content={"body": "cheap watches"}, room_id=ROOM_ID))
    )
    environment = make_environment(folder)
    server = RunningServer(home, start_server(home))
    try:
        server.wait_until_ready()
        assert server.ask("cheap watches")[0] == 400
        mira = ("--name", "mira", "--role", "moderator", "--community", "default")
        assert home.run("tokens", "create", *mira).status == 0
        said = json.loads(home.run("decisions", "list", "--json").out)
        appeal_against(server, said[0]["reference"])
        yield PageFolder(folder, environment, said[0]["reference"], forks)
    finally:
        server.kill()


def appeal_against(server, reference):
    """Send the form on the page of a refusal, as a browser does."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    address = f"http://127.0.0.1:{server.port}/r/{reference}"
    with urlopen(Request(address, b"text=a+quote", kind)) as page:
        assert "It was received at" in page.read().decode()


def make_environment(folder):
    """Make `.venv` there, with what is installed here, and return what a shell needs for it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    programs = folder / ".venv" / "bin"
    for name, module in (("countersign", "countersign"), ("pytest", "pytest")):
        wrapper = programs / name
        wrapper.write_text(f'#!/bin/sh\nexec "{programs}/python" -m {module} "$@"\n')
        wrapper.chmod(0o755)
    shutil.copytree(ROOT / "examples", folder / "examples")
    paths = [sysconfig.get_path("purelib"), str(ROOT / "src"), str(ROOT)]
    return {
        **os.environ,
        "COLUMNS": "200",
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(paths),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INDEX": "1",
    }


def commands_of(block):
    """Return the commands of a block; of a session at a prompt, what was typed."""
    lines = [line.strip() for line in block.text.splitlines() if line.strip()]
    if block.kind == "console":
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    assert not any(line.startswith("$ ") for line in lines), f"{block}: a prompt cannot be pasted"
    return lines


def plain(line):
    return line.removeprefix(".venv/bin/")


def why_not_run(line):
    return next((why for start, why in NOT_RUN.items() if plain(line).startswith(start)), None)


def pages():
    """Return the blocks of commands by page, each with the policy that stands before it."""
    found = {}
    for block in fences("sh", "console", "yaml"):
        found.setdefault(block.page, []).append(block)
    return {page: blocks for page, blocks in found.items() if any(b.kind != "yaml" for b in blocks)}


@pytest.mark.parametrize("page", pages())
def test_commands_do_what_the_page_says(place, page):
    """Commands run in their order, in one folder."""
    for block in pages()[page]:
        if block.kind == "yaml":
            (place.folder / "new.yaml").write_text(block.text)
            continue
        # Shell variables last for a block.
        before = ""
        for line in commands_of(block):
            if why_not_run(line) is not None:
                check_by_its_form(place, line)
                continue
            if "=" in line.split()[0]:
                before += f"{line}\n"
                continue
            if plain(line).startswith("countersign decisions spam"):
                # The pages speak of many events; here it is always the same one.
                place.run(f"countersign decisions not-spam {REFERENCE}")
            done = place.run(before + line)
            expected = next((s for c, s in STATUSES.items() if plain(line).startswith(c)), 0)
            assert done.returncode == expected, f"{block}: {line}\n{done.stdout}{done.stderr}"


def check_by_its_form(place, line):
    """Look whether a command that is not run is one at all."""
    words = plain(line)
    if words.startswith("make"):
        target = words.split()[1]
        assert f"\n{target}:" in (ROOT / "Makefile").read_text(), line
        return
    if not words.startswith("countersign"):
        files = [word for word in words.split() if word.startswith("contrib/")]
        assert [file for file in files if not (ROOT / file).exists()] == [], line
        _, _, ours = words.partition(" countersign countersign ")
        if ours:
            assert place.run(f"countersign {ours.split()[0]} --help").returncode == 0, line
        return
    # What is left out at the end is what is missing, and nothing before it is unknown.
    known = place.run(f"{line.split(' ', 1)[0]} {' '.join(words.split()[1:3])} --help")
    options = [word for word in words.split() if word.startswith("--")]
    assert known.returncode == 0, line
    assert [option for option in options if option not in known.stdout] == []


def test_every_reason_not_to_run_a_command_is_needed():
    lines = [line for blocks in pages().values() for b in blocks if b.kind != "yaml"
             for line in commands_of(b)]  # fmt: skip

    for start in (*NOT_RUN, *STATUSES):
        assert any(plain(line).startswith(start) for line in lines), start
    assert sum(why_not_run(line) is None for line in lines) > 25
