"""External checkers over the wire: the settings give their addresses and the fields they get."""

import http.server
import json
import threading

import pytest

from tests.cli.running_server import put_in_room

SECRET = "s3cret-of-the-club"
BROKEN = 503


class Checker:
    """A program on loopback that answers `action`, and keeps what it was sent."""

    def __init__(self):
        self.action = "sign"
        self.received = []
        self.connections = 0
        checker = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                checker.received.append((self.headers["Authorization"], body))
                answer = json.dumps({"action": checker.action}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def get_request(self):
                checker.connections += 1
                return super().get_request()

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def checker():
    checker = Checker()
    yield checker
    checker.close()


@pytest.fixture
def asking(home, checker):
    """A home whose policy asks the checker `club`, in a room."""
    (home.folder / "keys" / "club").write_text(f"{SECRET}\n")
    club = {"url": f"http://127.0.0.1:{checker.port}/", "secret_file": "keys/club"}
    # The widest setting there is must not open a private network to policies.
    home.set(checkers={"club": club}, federation={"allow_networks": ["127.0.0.0/8"]})
    ask(home, checker="club")
    put_in_room(home)
    return home


def ask(home, **options):
    home.policy.write_text(json.dumps({"filters": [{"http-check": options}]}))


def test_only_the_checker_of_the_settings_gets_its_secret(asking, checker, start):
    server = start(asking)

    status, _ = server.ask("hello")
    checker.action = "refuse"
    refused, _ = server.ask("worse")

    assert (status, refused) == (200, 400)
    assert [secret for secret, _ in checker.received] == [f"Bearer {SECRET}"] * 2
    assert checker.received[0][1]["event"]["content"]["body"] == "hello"


def test_a_policy_cannot_have_a_key_of_ours_sent_anywhere(asking, checker, start):
    server = start(asking)
    url = f"https://localhost:{checker.port}/"
    ask(asking, url=url, token_file="keys/policy.signing.key")

    refused = asking.run("policy", "activate", asking.policy)
    server.hang_up()
    told = server.wait_for_log("not in force")

    assert refused.status == 1
    for said in (refused.err, told["mistakes"][0]):
        assert "checker: NAME here" in said
        assert "checkers: {NAME: {url: …, secret_file: …}}" in said
    # What was in force stays in force.
    assert server.ask("hello")[0] == 200
    assert [secret for secret, _ in checker.received] == [f"Bearer {SECRET}"]


def test_a_name_in_a_policy_that_leads_to_our_own_machine_is_not_asked(asking, checker, start):
    # Nothing in the name shows it: the address is looked at when a connection is made.
    ask(asking, url=f"https://localhost:{checker.port}/")
    server = start(asking)

    assert server.ask("hello")[0] == BROKEN
    assert checker.connections == 0


@pytest.mark.parametrize(
    "options",
    [
        {"url": "http://127.0.0.1:9000/"},
        {"url": "https://10.1.2.3/"},
        {"url": "https://checker.example.org/", "token_file": "keys/club"},
        {"checker": "keys/policy.signing.key"},
        {"checker": "other"},
    ],
)
@pytest.mark.parametrize("name", ["http-check", "ai-moderation"])
def test_a_forbidden_address_in_a_policy_is_refused_with_advice(asking, name, options):
    asking.policy.write_text(json.dumps({"filters": [{name: options}]}))

    refused = asking.run("policy", "activate", asking.policy)

    assert refused.status == 1
    assert "checker: NAME here, and in the settings file checkers:" in refused.err


def test_a_public_address_without_a_secret_is_as_good_as_ever(asking):
    ask(asking, url="https://checker.example.org/check")

    assert asking.run("policy", "activate", asking.policy).status == 0
