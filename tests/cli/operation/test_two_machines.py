"""Two servers on one PostgreSQL, as on two machines: changes by one reach the other at once."""

import json
import shutil
import time

import pytest

from tests.cli.conftest import Home, run_command, start_server
from tests.cli.running_server import RunningServer, admin_metrics, put_in_room
from tests.postgres_server import shared_server
from tests.waiting import PATIENCE_SECONDS

NAME = "policy.example.com"


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machines")
    one = Home(folder / "one")
    assert run_command("init", "--server-name", NAME, "--dir", one.folder).status == 0
    database = shared_server()
    one.set(
        listen=[{"address": "127.0.0.1", "port": 0}],
        admin={"token_file": "admin.token", "port": 0},
        dashboard=None,
        database=database.url(database.new_database()),
        policies={"source": "database"},
    )
    one.refuse_words("casino")
    assert one.run("database", "migrate").status == 0
    put_in_room(one)
    shutil.copytree(one.folder, folder / "other")
    servers = []
    for home in (one, Home(folder / "other")):
        servers.append(RunningServer(home, start_server(home)))
        servers[-1].wait_until_ready()
    yield servers
    for server in servers:
        server.kill()


def settles(ask, wanted):
    """Ask until the answer is the one that is wanted; return whether it came."""
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < deadline:
        if ask() == wanted:
            return True
        time.sleep(0.1)
    return False


def test_the_same_event_has_the_same_answer_at_both(machines):
    one, other = machines
    for body in ("lunch?", "casino!"):
        assert one.ask(body)[0] == other.ask(body)[0]
    assert one.ask("lunch?") == other.ask("lunch?")


def test_each_machine_shows_the_number_of_decisions_of_both(machines):
    for depth, server in enumerate(machines, start=20):
        assert server.ask("dinner?", depth=depth)[0] == 200
    listed = machines[0].home.run("decisions", "list", "--limit", "1000", "--json")
    line = f"countersign_stored_decisions {len(json.loads(listed.out))}.0"
    assert settles(
        lambda: [line in admin_metrics(each.home).splitlines() for each in machines], [True, True]
    )


def test_an_allowance_at_one_machine_holds_at_the_other(machines):
    one, other = machines
    status, refusal = one.ask("casino tonight")
    assert status == 400
    decisions = one.home.run("decisions", "list", "--json")
    assert decisions.status == 0, decisions.err
    reference = reference_in(decisions.out)
    allowed = one.home.run("decisions", "allow", reference, "--for", "1h")
    assert allowed.status == 0, allowed.err
    depths = iter(range(100, 1_000))
    assert settles(lambda: other.ask("casino tonight", depth=next(depths))[0], 200)
    assert refusal["errcode"] == "M_FORBIDDEN"


def reference_in(listed):
    found = json.loads(listed)
    rows = found if isinstance(found, list) else found["decisions"]
    return next(each["reference"] for each in rows if each["verdict"] == "refuse")


def test_a_policy_that_is_activated_at_one_is_in_force_at_the_other(machines, tmp_path):
    one, other = machines
    document = tmp_path / "policy.yaml"
    document.write_text('filters:\n  - keyword: {words: [lottery]}\n    says: "No."\n')
    done = other.home.run("policy", "activate", document)
    assert done.status == 0, done.err + done.out
    depths = iter(range(2_000, 3_000))
    assert settles(lambda: one.ask(f"lottery {next(depths)}")[0], 400)
    assert one.ask("casino, which is fine now", depth=3_500)[0] == 200


def test_events_are_answered_after_one_machine_died(machines):
    one, other = machines
    status = {body: one.ask(body, depth=5_000)[0] for body in ("hello", "lottery night")}
    one.kill()
    assert {body: other.ask(body, depth=5_000)[0] for body in status} == status
