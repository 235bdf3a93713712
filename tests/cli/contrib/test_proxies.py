"""The files for reverse proxies: a real Caddy before a server; the nginx file is the docs' one."""

import os
import re
import shutil
import subprocess

import pytest
import yaml
from examples.demo.loopback import free_port

from tests.architecture.repository import ROOT
from tests.cli.operation.test_nginx import request, sign, wait_for_port
from tests.cli.running_server import put_in_room
from tests.waiting import PATIENCE_SECONDS

PROXIES = ROOT / "contrib" / "proxies"
CADDY = shutil.which("caddy")


@pytest.fixture
def caddy(home, start, tmp_path):
    """Return a server, and the port of a Caddy before it."""
    if CADDY is None:
        pytest.skip("there is no Caddy: apt-get install caddy")
    home.refuse_words("casino")
    put_in_room(home)
    server = start(home)
    process, port = _started_caddy(server.port, tmp_path)
    try:
        yield server, port
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _started_caddy(upstream_port, folder):
    """Start Caddy; return its process and port. Another program may take the port first."""
    file = folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n}\n" + (PROXIES / "Caddyfile").read_text())
    log = folder / "caddy.log"
    for _ in range(3):
        port = free_port()
        environment = {
            **os.environ,
            "COUNTERSIGN_SERVER_NAME": f"http://127.0.0.1:{port}",
            "COUNTERSIGN_UPSTREAM": f"127.0.0.1:{upstream_port}",
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [CADDY, "run", "--config", file, "--adapter", "caddyfile"],
                env=environment,
                stderr=stderr,
            )
        try:
            wait_for_port(port, process)
        except AssertionError:
            if "address already in use" not in log.read_text():
                process.kill()
                raise AssertionError(log.read_text()) from None
        else:
            return process, port
    raise AssertionError(log.read_text())


def test_events_are_signed_and_refused_behind_caddy(home, caddy):
    _, port = caddy

    status, signed = sign(home, port, "hello")
    assert status == 200, signed
    status, refused = sign(home, port, "casino")
    assert (status, refused["errcode"]) == (400, "M_FORBIDDEN")


def test_caddys_own_errors_are_json_in_matrix_form(home, caddy):
    server, port = caddy

    elsewhere = request(port, "GET", "/elsewhere")
    assert (elsewhere[0], elsewhere[1]["errcode"]) == (404, "M_UNRECOGNIZED")

    server.terminate()

    leads_to = request(port, "GET", "/.well-known/matrix/server")
    assert leads_to == (200, {"m.server": f"http://127.0.0.1:{port}:443"})
    away = request(port, "GET", "/_matrix/key/v2/server")
    assert (away[0], away[1]["errcode"]) == (502, "M_UNKNOWN")


def test_nginx_has_the_file_that_the_page_explains():
    page = (ROOT / "docs" / "operate.md").read_text()
    (explained,) = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    shipped = (PROXIES / "nginx.conf").read_text()

    assert shipped.partition("\n")[2] == explained


def test_traefik_passes_on_the_same_paths():
    http = yaml.safe_load((PROXIES / "traefik.yaml").read_text())["http"]
    router = http["routers"]["countersign"]

    assert "PathPrefix(`/_matrix/`)" in router["rule"]
    assert "PathPrefix(`/.well-known/matrix/`)" in router["rule"]
    assert router["service"] in http["services"]
    assert set(router["middlewares"]) <= http["middlewares"].keys()
