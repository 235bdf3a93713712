"""The container's files agree with the repository; its start script starts a server."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
import yaml

from countersign.config import read_config
from tests.architecture.repository import ROOT
from tests.waiting import PATIENCE_SECONDS

CONTAINER = ROOT / "contrib" / "container"
START = CONTAINER / "start.sh"


def instructions():
    """Return the Containerfile's instructions as (word, rest), continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (CONTAINER / "Containerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


@pytest.fixture
def environment(tmp_path):
    """Return an environment with the command `countersign` in its path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    wrapper = programs / "countersign"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m countersign "$@"\n')
    wrapper.chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    config = tmp_path / "data" / "countersign.yaml"
    return {**os.environ, "PATH": path, "COUNTERSIGN_CONFIG": str(config)}


def test_all_that_is_copied_is_there():
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY"]
    sources = [name for names in copied if not names[0].startswith("--from") for name in names]

    assert sources
    assert [name for name in sources if not (ROOT / name).exists()] == []


def test_the_container_runs_unprivileged_with_locked_packages():
    words = instructions()
    user = [rest for word, rest in words if word == "USER"]
    installs = [rest for word, rest in words if word == "RUN" and "-r requirements" in rest]

    assert user == ["countersign"]
    assert words.index(("USER", "countersign")) > [word for word, _ in words].index("VOLUME") - 3
    assert installs
    assert all(each.count("--require-hashes") == each.count("-r requirements") for each in installs)


def test_a_start_without_a_name_says_what_to_do(environment):
    done = subprocess.run(["sh", START], env=environment, capture_output=True, text=True)

    assert done.returncode == 2
    assert "COUNTERSIGN_SERVER_NAME=policy.example.org" in done.stderr


def test_the_first_start_makes_settings_that_a_proxy_elsewhere_can_reach(environment, tmp_path):
    environment |= {"COUNTERSIGN_SERVER_NAME": "policy.example.org"}
    command = ["sh", START]
    # Its port may be taken here: the settings are made first, then the server says so and ends.
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    config = tmp_path / "data" / "countersign.yaml"
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while not config.exists() and time.perf_counter() < deadline and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)

    settings = read_config(config)
    assert settings.server_name == "policy.example.org", said
    assert [str(each.address) for each in settings.listen] == ["0.0.0.0"]


def test_words_go_to_the_command_line(environment):
    command = ["sh", START, "keys", "--help"]

    done = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert done.returncode == 0
    assert "m.room.policy" in done.stdout


def test_the_compose_file_fits_the_image_and_the_proxy():
    services = yaml.safe_load((CONTAINER / "compose.yaml").read_text())["services"]
    countersign, caddy = services["countersign"], services["caddy"]
    (exposed,) = [rest for word, rest in instructions() if word == "EXPOSE"]
    mounted = caddy["volumes"][0].partition(":")[0]

    assert (CONTAINER / countersign["build"]["context"]).resolve() == ROOT
    assert (ROOT / countersign["build"]["dockerfile"]).exists()
    assert caddy["environment"]["COUNTERSIGN_UPSTREAM"] == f"countersign:{exposed}"
    assert countersign["read_only"] is True
    assert countersign["cap_drop"] == ["ALL"]
    assert (CONTAINER / mounted).resolve() == ROOT / "contrib" / "proxies" / "Caddyfile"
