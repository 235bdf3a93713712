"""Signals before a server is ready, sent to real processes from their first moment on."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import COMMAND, start_server
from tests.cli.operation.test_workers import children_of
from tests.cli.running_server import RunningServer, put_in_room
from tests.deployments import ONE_PROCESS, TWO_WORKERS, settings_of
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(params=[ONE_PROCESS, TWO_WORKERS])
def deployed(request, home):
    home.set(**settings_of(request.param))
    return home


@pytest.fixture
def begin():
    """Return a starter of servers that returns as soon as they handle signals."""
    begun = []

    def begin(home):
        server = RunningServer(home, start_server(home, COMMAND))
        begun.append(server)
        server.wait_for(lambda: is_heeding(server.pid))
        return server

    yield begin
    for server in begun:
        server.kill()


def is_heeding(pid):
    """Return whether a process holds SIGHUP back and has a handler for SIGTERM."""
    status = Path(f"/proc/{pid}/status").read_text()
    return is_in("SigBlk", signal.SIGHUP, status) and is_in("SigCgt", signal.SIGTERM, status)


def is_in(signals, number, status):
    found = re.search(rf"^{signals}:\t(\w+)$", status, re.MULTILINE)
    return found is not None and bool(int(found[1], 16) & 1 << number - 1)


def refuse(home, word):
    """Have a whole policy file take the place of the one that is there."""
    written = home.policy.with_suffix(".new")
    filters = [{"keyword": {"words": [word]}, "says": "No adverts, please."}]
    written.write_text(yaml.safe_dump({"filters": filters}))
    written.replace(home.policy)


def test_a_reload_before_the_server_is_ready_takes_effect(deployed, begin):
    put_in_room(deployed)
    refuse(deployed, "word0")
    server = begin(deployed)

    number = 0
    while not server.out:  # it is not ready
        number += 1
        refuse(deployed, f"word{number}")
        server.hang_up()
        server.wait_for(lambda: True)  # it runs on
        time.sleep(0.02)
    server.wait_until_ready()

    deadline = time.perf_counter() + PATIENCE_SECONDS
    depth = 10
    while server.ask(f"word{number} number {depth}", depth=depth)[0] != 400:
        assert time.perf_counter() < deadline
        depth += 1
        time.sleep(0.1)
    assert server.terminate() == 0


@pytest.fixture
def home(new_home):
    return new_home


def at_once(server):
    return True


def with_a_database(server):
    return (server.home.folder / "countersign.db").exists()


def with_workers(server):
    return len(children_of(server.pid)) == 2


@pytest.mark.parametrize(
    ("deployment", "moment", "number"),
    [
        (ONE_PROCESS, at_once, signal.SIGTERM),
        (ONE_PROCESS, with_a_database, signal.SIGINT),
        (TWO_WORKERS, at_once, signal.SIGINT),
        (TWO_WORKERS, with_workers, signal.SIGTERM),
    ],
)
def test_told_to_end_before_it_is_ready_it_leaves_nothing_behind(
    home, begin, start, deployment, moment, number
):
    home.set(**settings_of(deployment))
    server = begin(home)
    server.wait_for(lambda: moment(server))
    workers = children_of(server.pid)

    assert server.terminate(number) == 0

    server.kill()  # so that all it said has been read
    assert "Traceback" not in "".join(server.err)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    start(home)
    assert home.run("rooms", "list").status == 0


HUNG_UP_BEFORE_ANYBODY_RELOADS = """
import asyncio, os, signal
from countersign.bootstrap.signals.early import handle_signals_early
from countersign.bootstrap.signals.running import ServerSignals

async def main():
    signals = ServerSignals(None)
    await asyncio.sleep(0.1)  # so that it is signals_as_bytes before somebody reloads
    reloaded = asyncio.Event()
    signals.on_reload(reloaded.set)
    await reloaded.wait()

handle_signals_early()
os.kill(os.getpid(), signal.SIGHUP)
asyncio.run(main())
"""


def test_a_reload_waits_until_somebody_can_do_it():
    script = [sys.executable, "-c", HUNG_UP_BEFORE_ANYBODY_RELOADS]
    assert subprocess.run(script, timeout=PATIENCE_SECONDS, check=False).returncode == 0
