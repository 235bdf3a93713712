"""Metrics of a running server, compared with the documented ones."""

import json
import re
import urllib.request
from http.client import HTTPConnection

import pytest
import yaml
from examples.demo.loopback import free_port

from tests.architecture.repository import ROOT
from tests.cli.conftest import make_home, start_server
from tests.cli.running_server import ROOM_ID, RunningServer, put_in_room
from tests.waiting import PATIENCE_SECONDS

NAME = re.compile(r"\bcountersign_[a-z0-9_]+\b")
FAMILY = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def shown(pristine, tmp_path_factory):
    """The page, and what the listener answers to other headers."""
    home = make_home(pristine, tmp_path_factory.mktemp("metrics") / "home")
    port = free_port()
    home.set(metrics={"port": port, "hosts": ["Metrics.example.org"]})
    home.refuse_words("cheap watches")
    put_in_room(home)
    server = RunningServer(home, start_server(home))
    try:
        server.wait_until_ready()
        assert server.ask("fine weather")[0] == 200
        assert server.ask("cheap watches", depth=11)[0] == 400
        assert server.ask("cheap watches", depth=11)[0] == 400
        server.wait_for(lambda: "countersign_stored_decisions 2.0" in ask(port, {})[1])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.headers["content-type"].startswith("text/plain")
            page = answer.read().decode()
        yield page, lambda **headers: ask(port, headers)
    finally:
        server.kill()


def ask(port, headers):
    """Return status and body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/metrics", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def page(shown):
    return shown[0]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost:9464",
        "192.0.2.7:9464",
        "[2001:db8::1]:9464",
        "countersign:9464",
        "metrics.example.org",
        "METRICS.example.org.:9464",
    ],
)
def test_metrics_are_shown_by_address_short_name_and_listed_name(shown, host):
    status, body = shown[1](Host=host)

    assert (status, "countersign_requests_total" in body) == (200, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.com:9464"},
        {"Host": "metrics.example.org.evil.example.com"},
        {"Host": "127.0.0.1.evil.example.com"},
        {"Host": ""},
        {"Host": "localhost", "Origin": "https://evil.example.com"},
    ],
    ids=str,
)
def test_metrics_are_not_shown_to_a_web_page_by_a_name_of_its_own(shown, headers):
    status, body = shown[1](**headers)

    assert (status, json.loads(body)["errcode"]) == (403, "M_FORBIDDEN")
    assert "metrics: {hosts: [...]}" in body
    assert "countersign_" not in body


def test_shows_what_happened(page):
    for line in (
        'countersign_requests_total{endpoint="sign",status="200"} 1.0',
        'countersign_requests_total{endpoint="sign",status="400"} 2.0',
        'countersign_decisions_total{verdict="sign"} 1.0',
        'countersign_decisions_total{verdict="refuse"} 1.0',
        "countersign_sign_seconds_count 3.0",
        "countersign_stored_decisions 2.0",
        'countersign_rooms{membership="joined"} 1.0',
    ):
        assert line in page.splitlines()


def test_every_metric_is_explained_and_no_other(page):
    explained = set(NAME.findall((ROOT / "docs" / "metrics.md").read_text()))

    assert explained == families(page)


@pytest.mark.parametrize("file", ["grafana-dashboard.json", "prometheus-alerts.yaml"])
def test_metrics_used_by_dashboards_and_alerts_exist(page, file):
    text = (ROOT / "contrib" / file).read_text()
    named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in NAME.findall(text)}

    assert len(named) > 5
    assert named - families(page) == set()


def test_the_dashboard_shows_every_metric(page):
    text = (ROOT / "contrib" / "grafana-dashboard.json").read_text()
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in NAME.findall(text)}

    assert families(page) - shown == set()


def test_panels_of_the_dashboard_do_not_cover_each_other():
    panels = json.loads((ROOT / "contrib" / "grafana-dashboard.json").read_text())["panels"]
    squares = [
        (place["x"] + column, place["y"] + row)
        for place in (panel["gridPos"] for panel in panels)
        for column in range(place["w"])
        for row in range(place["h"])
    ]

    assert len(set(squares)) == len(squares)
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_an_alert_tells_of_lost_shared_counters_and_of_events_counted_alone():
    rules = yaml.safe_load((ROOT / "contrib" / "prometheus-alerts.yaml").read_text())
    looked_at = {
        name for rule in rules["groups"][0]["rules"] for name in NAME.findall(rule["expr"])
    }

    assert {"countersign_shared_counters_lost", "countersign_counted_alone_total"} <= looked_at


def test_a_policy_list_wakes_nobody_and_everything_says_so(home, start):
    """A list is a room that need not name us; the shipped rule would fire for ever."""
    port = free_port()
    home.set(metrics={"port": port})
    put_in_room(home)
    home.policy.write_text(yaml.safe_dump({"filters": [{"policy-list": {"lists": [ROOM_ID]}}]}))
    rules = yaml.safe_load((ROOT / "contrib" / "prometheus-alerts.yaml").read_text())
    (rule,) = (
        rule["expr"]
        for rule in rules["groups"][0]["rules"]
        if rule["alert"] == "CountersignRoomNeedsSomebody"
    )
    name = rule.removesuffix(" > 0")

    def values(name):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return [float(line.split()[-1]) for line in lines if re.match(rf"{name}[{{ ]", line)]

    server = start(home)
    (room,) = json.loads(home.run("rooms", "list", "--json").out)

    assert (room["alerts"], room["is_list_only"]) == ([], True)
    assert "Followed as a policy list" in home.run("rooms", "list").out
    assert "joined, followed as a policy list" in home.run("doctor").out
    assert not any(values(name))
    assert values("countersign_rooms_followed_as_lists") == [1.0]

    home.refuse_words("cheap watches")
    server.hang_up()
    server.wait_for(lambda: any(values(name)))
    (room,) = json.loads(home.run("rooms", "list", "--json").out)
    assert [alert["kind"] for alert in room["alerts"]] == ["not-named"]


def test_the_dashboard_is_json():
    dashboard = json.loads((ROOT / "contrib" / "grafana-dashboard.json").read_text())

    assert all(panel["targets"] for panel in dashboard["panels"])


def families(page):
    """Return the names as they are asked for; a counter's type line leaves nothing off."""
    return {name for name, _ in FAMILY.findall(page) if name.startswith("countersign_")}
