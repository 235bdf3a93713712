"""Tests of health as monitoring sees it, in normal operation and on a full disk."""

import json
import re
import resource
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from examples.demo.loopback import free_port

from countersign.adapters.system import SystemClock
from tests.architecture.repository import ROOT
from tests.cli.running_server import get, put_in_room

ALICE = "@alice:example.org"
NO_SPACE = 8_192
"""Less than one commit needs, once the log has begun anew."""


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def server(home, start, port):
    home.set(metrics={"address": "127.0.0.1", "port": port})
    put_in_room(home)
    return start(home)


def failures(port):
    (line,) = [
        line
        for line in get(port, "/metrics")[1].splitlines()
        if line.startswith("countersign_store_failures_total ")
    ]
    return float(line.split()[-1])


def documented(heading):
    """Return the names in the first column of the table in docs/admin-api.md with this heading."""
    page = (ROOT / "docs" / "admin-api.md").read_text()
    table = page.split(f"| {heading} |")[1].split("\n\n")[0]
    return [
        name
        for row in table.splitlines()[2:]
        for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])
    ]


def test_the_documents_list_what_health_shows(server, port):
    status, page = get(port, "/ready")
    health = json.loads(page)

    assert (status, get(port, "/health")[0]) == (200, 200)
    assert set(health["parts"].values()) | set(health["warnings"].values()) <= {None}
    assert sorted(documented("part")) == sorted(health["parts"])
    assert sorted(documented("warning, which leaves the server ready")) == sorted(
        health["warnings"]
    )


def test_a_full_disk_is_seen_by_health_doctor_and_metrics_until_it_passes(home, server, port):
    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (NO_SPACE, before[1]))
    command = home.run("trust", "set", ALICE, "trusted")
    status, page = get(port, "/ready")
    counted = failures(port)
    doctor = home.run("doctor", "--json")

    assert command.status == 1
    assert "countersign doctor --config" in command.err
    assert (status, get(port, "/health")[0]) == (503, 200)
    assert "Writes to" in json.loads(page)["parts"]["database"]
    assert counted >= 1
    said = [check for check in json.loads(doctor.out)["checks"] if "database:" in check["message"]]
    assert [check["outcome"] for check in said] == ["fail"]
    assert "Free space" in said[0]["remedy"]

    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)
    server.wait_for(lambda: get(port, "/ready")[0] == 200)
    assert home.run("trust", "set", ALICE, "trusted").status == 0


def test_a_full_disk_is_seen_before_anybody_needs_it(server, port):
    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (NO_SPACE, before[1]))

    server.wait_for(lambda: get(port, "/ready")[0] == 503)

    assert failures(port) >= 1


def issue(folder, *, days):
    """Write a certificate that ends in so many days, and its key."""
    ends = datetime.fromtimestamp(SystemClock().now_ts() / 1000, UTC) + timedelta(days=days)
    issued = trustme.CA().issue_cert("127.0.0.1", not_after=ends)
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "chain.pem")
    return f"{ends:%Y-%m-%d}"


@pytest.mark.parametrize(("days", "word"), [(3, "ends"), (-1, "ended")])
def test_a_certificate_that_ends_soon_is_reported_until_it_is_renewed(
    home, start, port, days, word
):
    date = issue(home.folder, days=days)
    tls = {"certificate": "chain.pem", "private_key": "key.pem"}
    home.set(
        listen=[{"address": "127.0.0.1", "port": 0, "tls": tls}],
        metrics={"address": "127.0.0.1", "port": port},
    )
    server = start(home)

    def told():
        status, page = get(port, "/ready")
        assert status == 200
        return json.loads(page)["warnings"]["certificates"]

    assert f"chain.pem that is in use {word} at {date}" in told()
    doctor = json.loads(home.run("doctor", "--json").out)["checks"]
    said = [check for check in doctor if "chain.pem" in check["message"]]
    assert [check["outcome"] for check in said] == ["warn"]
    assert "SIGHUP" in said[0]["remedy"]

    issue(home.folder, days=90)
    server.hang_up()
    server.wait_for(lambda: told() is None)
