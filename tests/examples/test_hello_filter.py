"""The example filter package: built, installed, listed by every command, and used."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import home, pristine, start  # noqa: F401
from tests.cli.running_server import PEER, put_in_room
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "countersign-hello-filter"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return an environment in which the package is installed."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*pip, *offline, "--target", target, EXAMPLE], check=True, timeout=PATIENCE_SECONDS
    )
    paths = [str(target), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}


@pytest.fixture
def greeted(home):  # noqa: F811
    home.policy.write_text("filters:\n  - example-hello: {greetings: [hello, hey]}\n")
    return home


def message(body):
    return PEER.event(content={"msgtype": "m.text", "body": body})


def test_without_the_package_a_policy_that_names_it_is_refused(greeted, tmp_path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps(message("hello")))

    done = greeted.run("check", event, "--room-version", "11")

    assert done.status == 1
    assert "found an unknown filter" in done.err


def test_check_judges_with_it(greeted, installed, tmp_path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps(message("Hey!")))

    done = greeted.run("check", event, "--room-version", "11", **installed)

    assert done.status == 3
    assert "example-hello refuses it" in done.out
    assert "because: has 1 words and one of them greets" in done.out


def test_a_running_server_refuses_by_it(greeted, installed, start):  # noqa: F811
    put_in_room(greeted)

    server = start(greeted, **installed)

    assert server.ask("Hello, how do I join?")[0] == 200
    status, answer = server.ask("Hello", depth=11)
    assert status == 400
    assert answer["errcode"] == "M_FORBIDDEN"
    assert answer["error"].startswith("Hello! Please say at once")


def test_its_own_tests_pass(installed, tmp_path):
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    storage = {"HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path)}
    environment = {**os.environ, **installed, **storage}

    done = subprocess.run(
        pytest_run,
        cwd=EXAMPLE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )

    assert done.returncode == 0, done.stdout
