"""Several workers of one server: requests, kills, reloads and stops."""

import contextlib
import errno
import http.client
import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.cli.conftest import start_server
from tests.cli.running_server import RunningServer, admin_metrics, ask_admin
from tests.postgres_server import shared_server
from tests.waiting import PATIENCE_SECONDS

VERSION = "/_matrix/federation/v1/version"
CROWDED = """
import errno
import os
import sys
from pathlib import Path
from countersign.bootstrap.workers import running

fork, crowded = os.fork, Path({crowded!r})

def fork_unless_crowded():
    # As the kernel does where processes are limited, which no limit does to root.
    if crowded.exists():
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return fork()

os.fork = fork_unless_crowded
running.run_supervised.__kwdefaults__["max_silent_looks"] = {looks}
"""
"""Has forks fail while a file is there, and workers taken for hung after so many looks."""


def test_more_than_one_worker_is_refused_with_sqlite(home):
    refused = home.run("serve", "--workers", "2")
    assert refused.status == 1
    assert "2 workers can't share a SQLite database" in refused.err
    assert "PostgreSQL" in refused.err

    home.set(workers=2)
    refused = home.run("serve")
    assert refused.status == 1
    assert "workers" in refused.err
    assert "database: postgresql://" in refused.err


def children_of(pid):
    tasks = Path(f"/proc/{pid}/task")
    found = []
    for task in tasks.iterdir():
        found += (task / "children").read_text().split()
    return sorted(map(int, found))


class Connection:
    """A connection that goes on, as homeservers and proxies have."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)

    def ask(self):
        self._connection.request("GET", VERSION)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self):
        self._connection.close()


@pytest.fixture
def start_workers(home):
    """Return a starter of supervised servers, which share a database of PostgreSQL."""
    database = shared_server()
    home.set(database=database.url(database.new_database()))
    assert home.run("database", "migrate").status == 0
    started = []

    def start(workers, max_silent_looks=30, **settings):
        home.set(metrics={"address": "127.0.0.1", "port": 0}, workers=workers, **settings)
        crowded = str(home.folder / "crowded")
        before = CROWDED.format(crowded=crowded, looks=max_silent_looks)
        server = RunningServer(home, start_server(home, before=before))
        started.append(server)
        server.wait_until_ready()
        return server

    yield start
    for server in started:
        server.kill()


def test_workers_share_the_address_and_their_metrics_are_added_up(home, start_workers):
    server = start_workers(2)
    pids = children_of(server.pid)
    assert len(pids) == 2
    connections = [Connection(server.port) for _ in range(8)]
    for _ in range(3):
        assert [each.ask() for each in connections] == [200] * 8
    held = {pid: connections_of(pid, server.port) for pid in pids}
    assert sum(held.values()) == 8
    assert min(held.values()) >= 3, held  # few long connections, and each has its share

    page = home.run("doctor", "--json")
    assert page.status in (0, 1)
    metrics = admin_metrics(home)
    assert f'countersign_requests_total{{endpoint="version",status="200"}} {8 * 3}.0' in metrics
    assert "countersign_connections 8.0" in metrics
    for each in connections:
        each.close()


def connections_of(pid, port):
    """Return how many connections to a port a process has open."""
    here = f":{port:04X}"
    return sum(row[1].endswith(here) for row in open_connections_of(pid))


def open_connections_of(pid):
    """Return the rows of `/proc/net/tcp` of the connections that a process has open."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
        except OSError:
            continue
        if found:
            inodes.add(found[1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row for row in rows if row[3] == "01" and row[9] in inodes]


def test_health_is_that_of_all_workers(home, start_workers):
    postgres = shared_server()
    database = postgres.new_database()
    role = f"few_{database}"
    postgres.sql(f"CREATE ROLE {role} LOGIN")
    postgres.sql(f"ALTER DATABASE {database} OWNER TO {role}")
    home.set(database=postgres.url(database, user=role))
    assert home.run("database", "migrate").status == 0
    server = start_workers(2)
    first, other = children_of(server.pid)
    server.wait_for_log("this process leads")  # it has written
    server.wait_for(lambda: ask_admin(home, "/ready")[0] == 200)

    def ports_of(pid):
        to_database = f":{postgres.port:04X}"
        rows = open_connections_of(pid)
        return [int(row[1][-4:], 16) for row in rows if row[2].endswith(to_database)]

    # The database has no connections left for the other worker.
    postgres.sql(f"ALTER ROLE {role} CONNECTION LIMIT {len(ports_of(first))}")
    postgres.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE client_port IN ({', '.join(map(str, ports_of(other)))})"
    )
    server.wait_for(lambda: ask_admin(home, "/ready")[0] == 503)
    health = json.loads(ask_admin(home, "/health")[1])
    assert health["parts"]["database"].startswith("worker 1: "), health
    assert "worker 1: " in home.run("doctor", "--json").out

    postgres.sql(f"ALTER ROLE {role} CONNECTION LIMIT -1")
    server.wait_for(lambda: ask_admin(home, "/ready")[0] == 200)


def test_a_worker_that_is_killed_is_replaced_and_the_address_answers_meanwhile(home, start_workers):
    server = start_workers(2)
    for victim in (0, 1):  # the first answers operators, too
        before = children_of(server.pid)
        os.kill(before[victim], signal.SIGKILL)
        said = server.wait_for_log("a worker ended and is replaced")
        assert said["how"] == "SIGKILL"
        server.hang_up()  # while its successor starts
        for _ in range(20):
            connection = Connection(server.port)
            assert connection.ask() == 200
            connection.close()
        server.wait_for(lambda gone=before[victim]: len(set(children_of(server.pid)) - {gone}) == 2)
        server.wait_for_log("a worker is ready")
        assert sum("a worker ended" in line for line in server.err) == 1
        server.err.clear()

    home.refuse_words("casino")
    server.hang_up()
    assert server.wait_for_log("policy in force")["worker"] == 0

    refused = home.run("serve")
    assert refused.status == 1
    assert "already" in refused.err

    pids = children_of(server.pid)
    assert server.terminate() == 0
    assert not any(map(is_alive, pids))
    assert home.run("rooms", "list").status == 1


def test_a_worker_that_hangs_is_ended_and_replaced(start_workers):
    server = start_workers(2, max_silent_looks=8)
    held = [Connection(server.port) for _ in range(4)]
    assert [each.ask() for each in held] == [200] * 4
    first, other = children_of(server.pid)
    server.wait_for_log("this process leads")
    os.kill(first, signal.SIGSTOP)  # it holds the lease, and half of the connections

    assert server.wait_for_log("a worker hangs and is ended")["pid"] == first
    assert server.wait_for_log("a worker ended and is replaced")["how"] == "SIGKILL"
    server.wait_for_log("a worker is ready")
    # A process of the same name has the lease again at once.
    leads = '"event": "this process leads"'
    server.wait_for(lambda: sum(leads in line for line in server.err) >= 2)
    assert other in children_of(server.pid)  # one that is well stays
    for each in held:
        with contextlib.suppress(OSError, http.client.HTTPException):
            assert each.ask() == 200
        each.close()
    assert server.terminate() == 0


def test_a_failed_fork_is_retried_while_other_workers_go_on(home, start_workers):
    server = start_workers(2)
    crowded = home.folder / "crowded"
    crowded.touch()
    first, victim = children_of(server.pid)
    files = len(list(Path(f"/proc/{server.pid}/fd").iterdir()))
    os.kill(victim, signal.SIGKILL)
    said = server.wait_for_log("no process can be started for a worker")
    assert said["reason"] == os.strerror(errno.EAGAIN)
    server.err.clear()
    server.wait_for_log("no process can be started for a worker")
    for _ in range(5):
        connection = Connection(server.port)
        assert connection.ask() == 200
        connection.close()
    assert children_of(server.pid) == [first]
    assert len(list(Path(f"/proc/{server.pid}/fd").iterdir())) <= files

    crowded.unlink()
    server.wait_for_log("a worker is ready")
    assert len(children_of(server.pid)) == 2
    assert server.terminate() == 0


def test_workers_end_when_their_supervisor_is_killed(start_workers):
    server = start_workers(2)
    pids = children_of(server.pid)
    os.kill(server.pid, signal.SIGKILL)
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while any(map(is_alive, pids)):
        assert time.perf_counter() < deadline
        time.sleep(0.05)


def is_alive(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_worker_that_can_not_start_ends_the_start(home, start_workers):
    home.set(metrics={"address": "127.0.0.1", "port": 0}, workers=2)
    (home.folder / "keys" / "policy.signing.key").unlink()

    done = home.run("serve")

    assert done.status == 1
    assert "policy.signing.key" in done.err
