"""The nginx example of the documentation, in a real nginx before a real server."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from examples.demo.loopback import free_port

from countersign.config import read_config
from countersign.protocol.canonical_json import encode_canonical
from tests.cli.running_server import PEER, ROOM_ID, SIGN, put_in_room
from tests.waiting import PATIENCE_SECONDS

OPERATE = Path(__file__).parents[3] / "docs" / "operate.md"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SURROUNDINGS = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""


@pytest.fixture(autouse=True)
def _nginx_is_there():
    if NGINX is None:
        pytest.skip("there is no nginx: apt-get install nginx-light")


@pytest.fixture
def proxy(home, start, tmp_path):
    """Return the server, and the port of an nginx before it that is set up as the page says."""
    home.refuse_words("casino")
    put_in_room(home)
    server = start(home)
    port = free_port()
    (example,) = re.findall(r"```nginx\n(.*?)```", OPERATE.read_text(), re.DOTALL)
    example = example.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    example = example.replace("http://127.0.0.1:8448;", f"http://127.0.0.1:{server.port};")
    folder = tmp_path / "nginx"
    folder.mkdir()
    # Of root's nginx, the workers would be another user's, who cannot reach this folder.
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(SURROUNDINGS.format(user=user, folder=folder, server=example))
    command = [NGINX, "-p", folder, "-c", configuration, "-e", folder / "error.log"]
    nginx = subprocess.Popen(command)
    try:
        wait_for_port(port, nginx)
        yield server, port
    finally:
        nginx.terminate()
        nginx.wait(PATIENCE_SECONDS)


def wait_for_port(port, process):
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("nginx does not listen")


def request(port, method, target, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        # It may answer before it has read everything.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, target, body, headers or {})
        return as_matrix_says(connection.getresponse())
    finally:
        connection.close()


def as_matrix_says(response):
    assert response.headers["Content-Type"] == "application/json"
    return response.status, json.loads(response.read())


def sign(home, port, body):
    event = PEER.event(content={"msgtype": "m.text", "body": body}, room_id=ROOM_ID)
    name = read_config(home.config).server_name
    headers = {
        "Content-Type": "application/json",
        "Authorization": PEER.sign_request("POST", SIGN, name, event),
    }
    return request(port, "POST", SIGN, encode_canonical(event), headers)


def test_events_are_signed_and_refused_behind_it(home, proxy):
    _, port = proxy

    status, signed = sign(home, port, "hello")
    assert status == 200, signed
    status, refused = sign(home, port, "casino")
    assert (status, refused["errcode"]) == (400, "M_FORBIDDEN")


def test_its_own_errors_are_json_in_matrix_form(home, proxy):
    server, port = proxy

    too_large = request(port, "POST", SIGN, b"x" * (11 * 1024 * 1024))
    assert (too_large[0], too_large[1]["errcode"]) == (413, "M_TOO_LARGE")
    too_long = request(port, "GET", f"/_matrix/{'x' * 50_000}")
    assert (too_long[0], too_long[1]["errcode"]) == (414, "M_UNKNOWN")
    headers = request(port, "GET", "/_matrix/x", headers={"X-Long": "x" * 50_000})
    assert (headers[0], headers[1]["errcode"]) == (400, "M_UNKNOWN")
    elsewhere = request(port, "GET", "/elsewhere")
    assert (elsewhere[0], elsewhere[1]["errcode"]) == (404, "M_UNRECOGNIZED")
    traced = request(port, "TRACE", SIGN)
    assert (traced[0], traced[1]["errcode"]) == (405, "M_UNRECOGNIZED")

    server.terminate()

    leads_to = request(port, "GET", "/.well-known/matrix/server")
    assert leads_to == (200, {"m.server": "policy.example.org:443"})
    unreachable = sign(home, port, "hello")
    assert (unreachable[0], unreachable[1]["errcode"]) == (502, "M_UNKNOWN")
