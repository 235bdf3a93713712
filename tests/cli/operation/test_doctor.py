"""Tests of `countersign doctor`, from a fresh folder to a reachable server."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from examples.demo.certificates import CertificateAuthority
from examples.demo.loopback import free_port

from countersign.bootstrap.policies.documents import read_policy_file
from tests.cli.running_server import ROOM_ID, put_in_room


@contextmanager
def other_dashboard():
    """Answer as the dashboard of another Countersign does, at a port that is given."""

    class SignInPage(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<title>Countersign</title>")

    with ThreadingHTTPServer(("127.0.0.1", 0), SignInPage) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def outcomes(done):
    return {check["name"]: check["outcome"] for check in json.loads(done.out)["checks"]}


def find(done, name):
    (check,) = [check for check in json.loads(done.out)["checks"] if check["name"] == name]
    return check


def test_a_fresh_folder_lacks_a_server_and_nothing_is_made_in_it(new_home):
    home = new_home
    home.set(federation={"allow_networks": ["127.0.0.0/8"]}, server_name="127.0.0.1:1")
    before = {file.name for file in home.folder.iterdir()}

    done = home.run("doctor", "--json")

    assert done.status == 1
    assert json.loads(done.out)["is_well"] is False
    assert outcomes(done) == {
        "settings": "ok",
        "keys": "ok",
        "policy": "ok",
        "database": "skip",
        "privacy": "ok",
        "start": "ok",
        "server": "fail",
        "server name": "fail",
        "well-known": "warn",
        "support": "warn",
        "clock": "skip",
    }
    steps = read_policy_file(home.policy).pipeline.steps
    assert len(steps) > 40
    assert f"{len(steps)} filters" in find(done, "policy")["message"]
    assert "firewall" in find(done, "server name")["remedy"]
    assert {file.name for file in home.folder.iterdir()} == before


def test_a_private_address_is_refused_and_the_setting_named(home):
    home.set(server_name="127.0.0.1:1")

    check = find(home.run("doctor", "--json"), "server name")

    assert "127.0.0.1 is not an address on the open network" in check["message"]
    assert "allow_networks" in check["remedy"]


def test_every_file_is_looked_at(home):
    (home.folder / "keys/policy.signing.key").chmod(0o644)
    home.policy.write_text("filters:\n  - keywrd: {}\n")
    (home.folder / "countersign.db").write_text("rubbish, rubbish, rubbish")

    done = home.run("doctor")

    assert done.status == 1
    failed = [line for line in done.out.splitlines() if line.startswith("FAIL")]
    assert [line.split()[1] for line in failed] == ["keys", "policy", "database", "server"]
    assert "chmod 600" in failed[0]
    assert "line 2: filters[0].keywrd" in failed[1]
    assert "4 of 7 checks failed." in done.out


def test_settings_that_cannot_be_read_are_all_it_says(home):
    home.config.write_text("server_name: [")

    done = home.run("doctor")

    assert done.status == 1
    assert done.out.startswith("FAIL settings")
    assert "1 of 1 checks failed." in done.out


class TestARunningServer:
    @pytest.fixture
    def home(self, home, tmp_path):
        """A server with TLS whose name is its address, in one room."""
        authority = CertificateAuthority(tmp_path / "authority")
        certificate = authority.issue("127.0.0.1")
        port = free_port()
        home.set(
            server_name=f"127.0.0.1:{port}",
            listen=[
                {
                    "port": port,
                    "tls": {
                        "certificate": str(certificate.certificate),
                        "private_key": str(certificate.private_key),
                    },
                }
            ],
            federation={
                "ca_certificates": str(authority.certificate),
                "allow_networks": ["127.0.0.0/8"],
            },
        )
        return home

    def test_nothing_fails_when_all_is_well(self, home, start):
        policy = json.loads(home.run("keys", "--json").out)["m.room.policy"]
        put_in_room(home, room_policy=policy, via=())
        start(home)

        done = home.run("doctor", "--json")

        assert outcomes(done) == {
            "settings": "ok",
            "keys": "ok",
            "policy": "ok",
            "database": "ok",
            "privacy": "ok",
            "start": "ok",
            "server": "ok",
            "in force": "ok",
            "dashboard": "ok",
            "server name": "ok",
            "well-known": "warn",
            "support": "warn",
            "clock": "skip",
            "leaks": "ok",
            "room": "ok",
        }
        assert done.status == 0

    def test_a_dashboard_of_another_server_is_not_taken_for_ours(self, home, start):
        with other_dashboard() as port:
            home.set(dashboard={"listen": {"port": port}})
            start(home)

            check = find(home.run("doctor", "--json"), "dashboard")

        assert check["outcome"] == "warn"
        assert f"port {port}: Address already in use" in check["message"]
        assert "dashboard: {listen" in check["remedy"]

    def test_a_room_with_another_key_fails(self, home, start):
        name = json.loads(home.run("keys", "--json").out)["server_name"]
        put_in_room(home, room_policy={"via": name, "public_keys": {"ed25519": "A" * 43}}, via=())
        start(home)

        done = home.run("doctor", "--json")

        assert done.status == 1
        room = find(done, "room")
        assert room["outcome"] == "fail"
        assert ROOM_ID in room["message"]
        assert "m.room.policy" in room["remedy"]

    def test_an_authority_that_others_do_not_trust_is_told(self, home, start):
        start(home)
        home.set(federation={"allow_networks": ["127.0.0.0/8"]})

        check = find(home.run("doctor", "--json"), "server name")

        assert check["outcome"] == "fail"
        assert "TLS certificate refused" in check["message"]
        assert "public authority" in check["remedy"]
