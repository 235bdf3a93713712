"""Servers that count together in a real Valkey server."""

import json
import shutil
import urllib.request
from collections import Counter
from random import Random  # noqa: TID251 - seeded, so that a run can be repeated

import pytest
import yaml
from examples.demo.loopback import free_port

from tests.cli.conftest import make_home, start_server
from tests.cli.running_server import PEER, ROOM_ID, RunningServer, put_in_room
from tests.deployments import PATIENCE
from tests.postgres_server import shared_server
from tests.valkey_servers import running_server

AHEAD = """
from countersign.adapters.system import SystemClock
now_ts = SystemClock.now_ts
SystemClock.now_ts = lambda self: now_ts(self) + 40_000
"""
"""Has the clock of a program be ahead of all others."""
POLICY = {
    "filters": [
        {"event-rate": {"max_events": 6, "per_seconds": 3_600}},
        {"wave": {"senders": 3, "per_seconds": 3_600}},
        {"mention-rate": {"max_users": 12, "per_seconds": 3_600}},
        {"keyword": {"words": ["casino"]}, "kind": "evidence"},
        {"silence": {"after_refusals": 2, "within_seconds": 3_600, "silence_seconds": 7_200}},
    ]
}
TEXTS = [
    "come and join our new group and win a lot of money with very little work at home today",
    "the meeting of our choir is on thursday in the small hall behind the church as always",
    "whoever repairs old bicycles finds spare parts and good advice in the yard on saturday",
]
ADVERTS = ["of the north", "for you", "win here now", "where luck is"]
APART = 3
"""Number of events of others between two of one sender."""


def sayings():
    """Return what each sender says: bursts, waves, calls, adverts, and what others say between."""
    said = {f"busy{n}": [f"message {m} of {n}, in a hurry" for m in range(4 + n)] for n in range(6)}
    for number in range(15):
        said[f"wave{number}"] = [f"{TEXTS[number % 3]} {number}"]
    for number in range(4):
        people = [f"@friend{number}x{n}:example.org" for n in range(20)]
        calls = [people[first : first + 4] for first in range(0, 20, 4)]
        said[f"caller{number}"] = [f"look at this {' '.join(each)}" for each in calls]
        adverts = [f"casino {each} {number}" for each in ADVERTS]
        said[f"advert{number}"] = [*adverts, "did somebody read this?", "why not?"]
        said[f"quiet{number}"] = [f"{n} of {number}, which is fine" for n in range(3)]
    return said


def recorded():
    """Return a stream of what all say, in an order that is the same each time."""
    chance, left, order = Random(14), sayings(), []
    while left:
        lately = order[-APART:]
        name = chance.choice([each for each in left if each not in lately] or list(left))
        order.append(name)
        yield PEER.event(
            content={"msgtype": "m.text", "body": left[name].pop(0)},
            sender=PEER.user(name),
            room_id=ROOM_ID,
            depth=100 + len(order),
        )
        left = {each: texts for each, texts in left.items() if texts}


def make(pristine, folder, port=None):
    home = make_home(pristine, folder)
    home.policy.write_text(yaml.safe_dump(POLICY))
    put_in_room(home)
    metrics = free_port()
    home.set(metrics={"port": metrics})
    if port is not None:
        password = folder / "valkey.secret"
        password.write_text("never-shown\n")
        url = f"valkey://127.0.0.1:{port}/0"
        home.set(shared_counters={"url": url, "password_file": str(password)})
    home.metrics_port = metrics
    return home


def get(home, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{home.metrics_port}{path}") as answer:
        return answer.read().decode()


@pytest.fixture
def valkey(tmp_path):
    with running_server(tmp_path, "--requirepass", "never-shown") as server:
        yield server


def verdicts(stream, *servers):
    """Return how each event was answered, asked at the servers in turn."""
    return [servers[place % len(servers)].ask_event(event)[0] for place, event in enumerate(stream)]


def counting_together(lines):
    """Yield the workers that said so."""
    for line in lines:
        if "counting together" in line:
            yield json.loads(line)["worker"]


@pytest.fixture
def patient():
    """Start servers that wait for replies however busy the machine is."""
    servers = []

    def start_patient(home, before=PATIENCE):
        process = start_server(home, before=before)
        servers.append(RunningServer(home, process))
        servers[-1].wait_until_ready()
        return servers[-1]

    yield start_patient
    for server in servers:
        server.kill()


def test_two_that_count_together_decide_as_one_does(pristine, tmp_path, start, patient, valkey):
    stream = list(recorded())
    one = start(make(pristine, tmp_path / "one"))
    both = [patient(make(pristine, tmp_path / name, valkey.port)) for name in ("a", "b")]
    apart = start(make(pristine, tmp_path / "c"))

    expected = verdicts(stream, one)

    assert min(Counter(expected)[status] for status in (200, 400)) > 40
    assert verdicts(stream, *both) == expected
    # One that sees every second event, and counts alone, decides otherwise.
    assert verdicts(stream[::2], apart) != expected[::2]


def test_two_workers_that_count_together_decide_as_one_does(
    pristine, tmp_path, start, patient, valkey
):
    stream = list(recorded())
    one = start(make(pristine, tmp_path / "one"))
    database = shared_server()
    home = make(pristine, tmp_path / "workers", valkey.port)
    home.set(database=database.url(database.new_database()), workers=2)
    assert home.run("database", "migrate").status == 0
    put_in_room(home)
    workers = patient(home)
    workers.wait_for(lambda: {0, 1} <= set(counting_together(workers.err)))

    expected = verdicts(stream, one)

    assert json.loads(get(home, "/ready"))["warnings"]["machines"] is None
    # Each request has a connection of its own, and which worker takes it is the kernel's choice.
    assert min(Counter(expected)[status] for status in (200, 400)) > 40
    assert verdicts(stream, workers) == expected


def test_machines_with_other_secrets_are_told_at_both(pristine, tmp_path, patient, valkey):
    homes = [make(pristine, tmp_path / name, valkey.port) for name in ("a", "b")]
    servers = [patient(home) for home in homes]  # each makes a secret of its own

    for home, server in zip(homes, servers, strict=True):
        server.wait_for(
            lambda home=home: json.loads(get(home, "/ready"))["warnings"]["machines"] is not None
        )
        ready = json.loads(get(home, "/ready"))

        assert ready["is_ready"]
        assert "another indicator secret." in ready["warnings"]["machines"]
        assert "policy key" not in ready["warnings"]["machines"]
        assert "several-processes.md" in home.run("doctor").out


def test_machines_whose_clocks_differ_are_told_at_both(pristine, tmp_path, patient, valkey):
    one = make(pristine, tmp_path / "one", valkey.port)
    patient(one)  # which makes the secret that both have
    other = make(pristine, tmp_path / "other", valkey.port)
    shutil.copy(one.folder / "indicators.secret", other.folder)
    servers = [patient(other, AHEAD + PATIENCE)]

    for home, said in ((one, " seconds ahead of ours."), (other, " seconds behind ours.")):
        servers[0].wait_for(
            lambda home=home: json.loads(get(home, "/ready"))["warnings"]["machines"] is not None
        )
        assert said in json.loads(get(home, "/ready"))["warnings"]["machines"]


def test_a_lost_server_is_said_everywhere_and_its_password_nowhere(
    pristine, tmp_path, patient, valkey
):
    home = make(pristine, tmp_path / "home", valkey.port)
    server = patient(home)
    server.wait_for(lambda: any("counting together" in line for line in server.err))
    assert server.ask("first", depth=10)[0] == 200
    assert json.loads(get(home, "/ready"))["warnings"]["shared-counters"] is None

    valkey.stop()
    lost = server.wait_for_log("shared counters are lost")
    answered = [server.ask(f"while it is lost {depth}", depth=depth)[0] for depth in (11, 12)]
    ready = json.loads(get(home, "/ready"))
    metrics = get(home, "/metrics").splitlines()
    doctor = home.run("doctor")
    before = len(server.err)
    valkey.start()
    server.wait_for(lambda: any("counting together" in line for line in server.err[before:]))
    server.wait_for(lambda: json.loads(get(home, "/ready"))["warnings"]["shared-counters"] is None)

    assert lost["server"] == f"valkey://127.0.0.1:{valkey.port}/0"
    assert answered == [200, 200]
    assert ready["is_ready"]
    assert "counts on its own" in ready["warnings"]["shared-counters"]
    assert "countersign_shared_counters_lost 1.0" in metrics
    assert "countersign_counted_alone_total 2.0" in metrics
    assert "shared-counters" in doctor.out
    assert "docs/shared-counters.md" in doctor.out
    said = "".join([*server.out, *server.err, doctor.out, doctor.err, json.dumps(ready)])
    assert "never-shown" not in said


def test_without_its_password_file_it_does_not_start_and_says_which(home):
    home.set(shared_counters={"url": "valkey://127.0.0.1", "password_file": "none.secret"})

    done = home.run("serve")

    assert done.status == 1
    assert "shared_counters.password_file" in done.err
    assert "none.secret cannot be read: No such file or directory" in done.err
