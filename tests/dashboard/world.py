"""A server with a history for the dashboard: a room, people, refusals, tokens."""

import http.client
import json
import time
from base64 import urlsafe_b64decode
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import yaml

from tests.cli.conftest import NAME, Home, run_command, start_server
from tests.cli.running_server import PEER, ROOM_ID, RunningServer, put_in_room
from tests.databases import insert_rows
from tests.deployments import chosen, settings_of, settle
from tests.waiting import PATIENCE_SECONDS

ADVERT = "buy cheap followers now"
REFUSED = 400
V1 = "/_countersign/v1"
ELSEWHERE = "!elsewhere:example.org"
"""A room of another community; we are not in it."""


POLICY = {
    "filters": [
        {"keyword": {"words": [ADVERT]}, "says": "No adverts, please."},
        {"event-size": {"max_bytes": 20_000}, "mode": "shadow"},
        {"name": "praise", "keyword": {"words": ["wonderful"]}, "weight": 4},
        {"name": "hurry", "keyword": {"words": ["only today"]}, "weight": 7},
    ]
}


class World:
    """A running server, and the data that a browser needs."""

    def __init__(
        self, home, *, state=None, policy=POLICY, members=(), dashboard=None, settings=None
    ):
        self.home = home
        self._depth = 10
        self._tokens = {}
        self._networks = 0
        home.set(
            listen=[{"address": "127.0.0.1", "port": 0}],
            dashboard={"listen": {"port": 0}, **(dashboard or {})},
            policies={"source": "database"},
            archive={"is_on": True},
            limits={"trusted_proxies": ["127.0.0.0/8"]},
            **(settings or {}),
        )
        home.policy.write_text(yaml.safe_dump(policy, sort_keys=False))
        others = home.folder / "communities"
        others.mkdir()
        (others / "elsewhere.yaml").write_text(f"rooms: ['{ELSEWHERE}']\nfilters: [depth]\n")
        put_in_room(home, state=state or {"m.room.name": {"name": "Lobby"}}, members=members)
        self._start()

    def _start(self):
        self.server = RunningServer(self.home, start_server(self.home))
        self.server.wait_until_ready()
        self.operator_token = (self.home.folder / "admin.token").read_text().strip()
        (self.url,) = [
            line.split()[-1] for line in self.server.out if line.startswith("  dashboard  ")
        ]

    def restart(self, change=None):
        """Stop the server and start it again."""
        assert self.server.terminate() == 0
        self.server.kill()  # lets go of its output
        if change is not None:
            change()
        self._start()

    def begin_history(self):
        """Have the first be refused: statistics, counted once in half a minute, show them."""
        self.say("wonderful", "fan")
        self.refuse("wonderful, only today", "fan")
        self.refuse()

    def network(self):
        """Return headers by which a visitor comes from a network of their own."""
        self._networks += 1
        return {"X-Forwarded-For": f"11.{self._networks // 250}.{self._networks % 250}.1"}

    def token(self, role, name=None, community="default"):
        """Return a token with a role in a community; the operator has the operator's token."""
        if role == "operator":
            return self.operator_token
        name = name or role
        if name not in self._tokens:
            asked = {"name": name, "role": role, "communities": [community]}
            self._tokens[name] = self.admin("POST", "/tokens/create", asked)["token"]
        return self._tokens[name]

    def ask_for_long_raid(self, reason, community="default"):
        """Give a command that a second person must confirm; return its reference."""
        address = (self.home.folder / "admin.address").read_text().strip()
        asked = {"community": community, "is_strict": True, "lasts_ms": 10_800_000}
        status, _, answer = ask(
            f"http://{address}",
            "POST",
            f"{V1}/raids/begin",
            {"Authorization": f"Bearer {self.operator_token}"},
            json.dumps({**asked, "reason": reason}),
        )
        assert status == 409, answer
        return json.loads(answer)["org.countersign.confirmation"]

    def decline(self, reference):
        self.admin("POST", "/confirmations/decline", {"reference": reference})

    def say(self, body, sender="alice", event_type="m.room.message", **content):
        """Send a message of somebody; return the status and JSON of the sign request."""
        self._depth += 1
        settle()
        event = PEER.event(
            event_type,
            content={"msgtype": "m.text", "body": body, **content},
            sender=PEER.user(sender),
            room_id=ROOM_ID,
            depth=self._depth,
        )
        return self.server.ask_event(event)

    def refuse(self, body=ADVERT, sender="alice", **more):
        """Have a message of somebody refused; return the reference."""
        status, answer = self.say(body, sender, **more)
        assert status == REFUSED, answer
        return answer["org.countersign.reference"]

    def appeal(self, reference, text):
        """Appeal against a refusal, on the page that it names."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
            **self.network(),
        }
        url = f"http://127.0.0.1:{self.server.port}"
        status, _, answer = ask(url, "POST", f"/r/{reference}", headers, urlencode({"text": text}))
        assert status == 303, answer

    def report(self, *texts, body="this passes", sender="mallory"):
        """Have a message signed and then reported by members; return its reference."""
        status, _ = self.say(body, sender)
        assert status != REFUSED
        newest = self.admin("GET", "/decisions?verdict=sign&limit=1")["decisions"][0]
        now_ts = newest["decided_ts"]
        insert_rows(
            self.home,
            "INSERT INTO reports (key, reference, community, room_id, sender, reporter, "
            "domain, is_known, text, made_ts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    urlsafe_b64decode(f"{newest['event_id'][1:]}="),
                    newest["reference"],
                    "default",
                    ROOM_ID,
                    newest["sender"],
                    f"@reporter{number}:example.org",
                    "example.org",
                    0,
                    text,
                    now_ts,
                )
                for number, text in enumerate(texts)
            ],
        )
        return newest["reference"]

    def wait_for_text(self, reference):
        """Wait until the text of a refused event is stored, about a second after the refusal."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while time.perf_counter() < deadline:
            found = self.admin("GET", f"/decisions/why?reference={reference}")
            if found["decisions"][0]["texts"] is not None:
                return
            time.sleep(0.1)
        raise AssertionError("the text is not kept")

    def wait_for_archive(self, word):
        """Wait until the archive contains the last event, whose text contains the word."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while time.perf_counter() < deadline:
            newest = self.admin("GET", "/decisions?verdict=sign&limit=1")["decisions"][0]
            found = self.admin("GET", f"/decisions/why?reference={newest['reference']}")
            archived = found["decisions"][0]["archived"]
            if any(word in text for event in archived for text in event["texts"]):
                return
            time.sleep(0.1)
        raise AssertionError("the event is not archived")

    def admin(self, method, path, body=None):
        """Make a request to the admin API; return the response."""
        address = (self.home.folder / "admin.address").read_text().strip()
        status, _, answer = ask(
            f"http://{address}",
            method,
            V1 + path,
            {"Authorization": f"Bearer {self.operator_token}"},
            None if body is None else json.dumps(body),
        )
        assert status == 200, answer
        return json.loads(answer)

    def ask(self, method="GET", path="/", headers=None, body=None):
        """Make a request to the dashboard; return status, headers, and body."""
        return ask(self.url, method, path, headers or {}, body)

    def close(self):
        self.server.kill()


def ask(url, method, path, headers, body):
    """Send one request; return status, headers (lower-case names), and body."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.hostname, target.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return response.status, answered, response.read().decode()
    finally:
        connection.close()


def make_home_for(folder: Path) -> Home:
    """Return the files that `init` makes in a folder."""
    done = run_command("init", "--server-name", NAME, "--dir", folder)
    assert done.status == 0, done.err
    home = Home(folder)
    home.set(**settings_of(chosen(), is_migrated=True))
    return home
