"""Costs of filters in a running server: in the terminal, in the admin API and as a metric."""

import json
import urllib.request

import pytest

from countersign.service.evaluation.step_costs import ONE_IN
from tests.cli.conftest import make_home, start_server
from tests.cli.running_server import RunningServer, put_in_room


@pytest.fixture(scope="module")
def home(pristine, tmp_path_factory):
    home = make_home(pristine, tmp_path_factory.mktemp("costs") / "home")
    home.refuse_words("cheap watches")
    put_in_room(home)
    server = RunningServer(home, start_server(home))
    try:
        server.wait_until_ready()
        for number in range(ONE_IN):
            assert server.ask(f"fine weather {number}", depth=10 + number)[0] == 200
        yield home
    finally:
        server.kill()


def test_statistics_tell_what_each_step_takes(home):
    told = json.loads(home.run("filters", "statistics", "--json").out)

    (cost,) = [each for each in told["costs"] if each["filter"] == "keyword"]
    assert cost["events"] == 1
    assert 0 < cost["microseconds"] < 1_000_000


def test_the_terminal_shows_it_below_the_counts(home):
    shown = home.run("filters", "statistics").out

    assert "What each step takes of one event" in shown
    assert "keyword" in shown


def test_prometheus_sees_it_by_filter(home):
    address = (home.folder / "admin.address").read_text().strip()
    token = (home.folder / "admin.token").read_text().strip()
    request = urllib.request.Request(
        f"http://{address}/metrics", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request) as answer:
        lines = answer.read().decode().splitlines()

    costs = dict(line.split() for line in lines if line.startswith("countersign_filter_seconds{"))
    assert float(costs['countersign_filter_seconds{filter="keyword"}']) > 0
    assert float(costs['countersign_filter_seconds{filter="wave"}']) == 0
