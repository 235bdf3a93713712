"""Two workers on PostgreSQL behave as one server towards browsers and programs."""

import contextlib
import http.client
import json
import os
import signal
import time
from urllib.parse import urlencode, urlsplit

import pytest

from tests.cli.operation.test_workers import children_of
from tests.dashboard.visitor import CSRF, FORM, Visitor
from tests.dashboard.world import V1, World, make_home_for
from tests.deployments import KNOWN_TO_ALL_SECONDS
from tests.postgres_server import shared_server
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def workers(tmp_path):
    home = make_home_for(tmp_path / "home")
    server = shared_server()
    settings = {"database": server.url(server.new_database()), "workers": 2}
    home.set(**settings)
    migrated = home.run("database", "migrate")
    assert migrated.status == 0, migrated.err
    made = World(home, settings=settings)
    yield made
    made.close()


@contextlib.contextmanager
def only(world, number):
    """Have one worker alone take connections: the other is halted."""
    others = [pid for place, pid in enumerate(pids_of(world)) if place != number]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


def pids_of(world):
    """Return the processes of the workers: the first was forked first."""
    found = children_of(world.server.pid)
    assert len(found) == 2
    return found


class Connection:
    """A connection to one worker, which stays with it."""

    def __init__(self, world, url, number, headers):
        self._headers = headers
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=PATIENCE_SECONDS
        )
        with only(world, number):
            self.ask("GET", "/sign-in")  # it is accepted with the first request

    def close(self):
        self._connection.close()

    def ask(self, method, path, body=None):
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


@pytest.fixture
def connect(workers):
    """Return an opener of connections to one worker."""
    opened = []

    def open_one(url, number, headers):
        opened.append(Connection(workers, url, number, headers))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def admin_at(world, connect, number):
    address = (world.home.folder / "admin.address").read_text().strip()
    headers = {"Authorization": f"Bearer {world.operator_token}"}
    connection = connect(f"http://{address}", number, headers)

    def ask(method, path, body=None):
        status, _, answer = connection.ask(method, V1 + path, body and json.dumps(body))
        return status, json.loads(answer)

    return ask


def test_a_session_and_what_it_does_are_known_to_both(workers):
    ann = Visitor(workers)
    with only(workers, 0):
        ann.sign_in(workers.token("moderator"))
    with only(workers, 1):
        assert ann.get("/now")[0] == 200
        assert ann.post("/raids/begin", {"community": "default"})[0] == 303
    with only(workers, 0):
        page = ann.get("/raids")[2]
        assert "default is in raid mode" in page  # said by the other
        assert ann.post("/raids/end", {"community": "default"})[0] == 303
    with only(workers, 1):
        raids = workers.admin("GET", "/raids")["raids"]
        assert all(each["ended_ts"] is not None for each in raids)

        cookie = ann.cookie
        assert ann.post("/sign-out", {})[0] == 303
    ann.cookie = cookie
    with only(workers, 0):
        assert ann.get("/now")[0] == 303


def test_a_change_undone_at_one_worker_is_undone_at_the_other(workers):
    with only(workers, 0):
        begun = workers.admin("POST", "/raids/begin", {"community": "default"})
        time.sleep(KNOWN_TO_ALL_SECONDS)
        workers.admin("POST", "/raids/begin", {"community": "default", "is_strict": True})
    time.sleep(KNOWN_TO_ALL_SECONDS)
    since_ts = begun["started_ts"] + 1_000
    with only(workers, 0):
        workers.admin("POST", "/undo", {"by": "operator", "since_ts": since_ts, "dry_run": False})
    time.sleep(KNOWN_TO_ALL_SECONDS)
    for number in (0, 1):
        with only(workers, number):
            (raid,) = workers.admin("GET", "/raids")["raids"]
            assert raid["strict_until_ts"] is None
            assert raid["until_ts"] == begun["until_ts"]


def test_a_token_revoked_at_one_worker_ends_at_the_other(workers):
    visitor = Visitor(workers)
    with only(workers, 1):
        visitor.sign_in(workers.token("moderator", "ending"))
    with only(workers, 0):
        workers.admin("POST", "/tokens/revoke", {"name": "ending"})
    with only(workers, 1):
        assert visitor.get("/now")[0] == 303


def test_attempts_to_sign_in_are_counted_together(workers):
    guessing = Visitor(workers)
    wrong = []
    for number in (0, 1):
        with only(workers, number):
            wrong += [guessing.post("/sign-in", {"token": "x"})[0] for _ in range(5)]
    assert wrong == [403] * 10
    for number in (0, 1):
        with only(workers, number):
            assert guessing.post("/sign-in", {"token": "x"})[0] == 429


def test_backtests_and_health_are_the_first_workers_whoever_is_asked(workers, connect):
    workers.say("wonderful")
    workers.wait_for_archive("wonderful")
    first, second = (admin_at(workers, connect, number) for number in (0, 1))
    document = workers.home.policy.read_text()

    status, begun = second("POST", "/backtests/start", {"document": document})
    assert status == 200, begun
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while True:
        at_each = [ask("GET", f"/backtests/show?job={begun['job']}") for ask in (first, second)]
        assert [status for status, _ in at_each] == [200, 200]
        if all(job["state"] == "done" for _, job in at_each):
            break
        assert time.perf_counter() < deadline, at_each
        time.sleep(0.1)
    assert at_each[0] == at_each[1]
    assert second("POST", "/backtests/start", {"document": "filters: 5"})[0] == 400
    assert second("GET", "/backtests/show?job=x")[0] == 404
    assert second("GET", "/health") == first("GET", "/health")
    assert second("GET", "/rooms") == first("GET", "/rooms")


def test_the_second_worker_lets_nobody_pass_to_the_first_without_a_token(workers, connect):
    address = (workers.home.folder / "admin.address").read_text().strip()
    for headers in ({}, {"Authorization": "Bearer x"}):
        connection = connect(f"http://{address}", 1, headers)
        assert connection.ask("GET", f"{V1}/backtests")[0] == 401
        assert connection.ask("GET", f"{V1}/health")[0] == 401


def test_a_trial_on_the_dashboard_is_found_again_at_the_second_worker(workers, connect):
    ann = Visitor(workers)
    ann.sign_in(workers.token("moderator"))
    headers = {
        "Cookie": ann.cookie,
        "Origin": workers.url,
        "Content-Type": FORM,
        **ann.network,
    }
    second = connect(workers.url, 1, headers)
    csrf = CSRF.search(second.ask("GET", "/now")[2])[1]

    status, answered, page = second.ask(
        "POST", "/policy/default/try-word", urlencode({"csrf": csrf, "word": "lunch"})
    )

    assert status == 303, page
    assert second.ask("GET", answered["location"])[0] == 200
    with only(workers, 0):
        assert ann.get(answered["location"])[0] == 200


def test_the_dashboard_goes_on_while_the_first_worker_is_replaced(workers):
    ann = Visitor(workers)
    ann.sign_in(workers.token("moderator"))
    gone = pids_of(workers)[0]
    os.kill(gone, signal.SIGKILL)

    assert [ann.get("/now")[0] for _ in range(5)] == [200] * 5
    workers.server.wait_for(
        lambda: len({*children_of(workers.server.pid)} - {gone}) == 2,
    )
    assert [ann.get("/now")[0] for _ in range(5)] == [200] * 5
