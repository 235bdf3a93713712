"""Tests of `countersign appeals`, from the link in the sender's client to the answer."""

import http.client
import json
import re
from urllib.parse import urlencode

import pytest

from tests.cli.conftest import make_home, start_server
from tests.cli.running_server import PEER, RunningServer, put_in_room
from tests.waiting import PATIENCE_SECONDS

PUBLIC = "https://policy.example.com"
WORDS = "cheap watches"
LINK = re.compile(rf"\(reference ({PUBLIC}/r/([0-9A-Z-]{{11}}))\)$")


@pytest.fixture(scope="module")
def running(pristine, tmp_path_factory):
    """A server whose refusals end with links, in a room with one who is refused."""
    home = make_home(pristine, tmp_path_factory.mktemp("appeals") / "home")
    home.refuse_words(WORDS)
    home.set(reasons={"public_url": PUBLIC}, logs={"refusals": True})
    put_in_room(home)
    server = RunningServer(home, start_server(home))
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def tokens(running):
    """Files with the tokens of two moderators and of one who only reads."""
    found = {}
    for name, role in (("carol", "moderator"), ("dave", "moderator"), ("rita", "read")):
        options = ("create", "--name", name, "--role", role, "--community", "default", "--json")
        made = json.loads(running.home.run("tokens", *options).out)
        found[name] = running.home.folder / f"{name}.token"
        found[name].write_text(made["token"])
        found[name].chmod(0o600)
    return found


def browse(server, method, reference, fields=None):
    """Return status, location and text of what a browser gets."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    try:
        headers = {"Accept-Language": "en", "Content-Type": "application/x-www-form-urlencoded"}
        body = None if fields is None else urlencode(fields)
        connection.request(method, f"/r/{reference}", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("location"), answer.read().decode()
    finally:
        connection.close()


def refused(server, depth):
    """Return the reference of a refusal, and the address that its sender was shown."""
    status, answer = server.ask(f"{WORDS} {depth}", depth=depth)
    assert status == 400
    address, reference = LINK.search(answer["error"]).groups()
    return reference, address


def test_a_refusal_is_explained_appealed_against_and_granted(running, tokens):
    home = running.home
    reference, address = refused(running, 20)
    line = running.wait_for_log(f'"reference": "{reference}"')
    assert (line["event"], line["server"], line["level"]) == ("refused", "example.org", "info")
    assert WORDS not in str(line)

    status, _, page = browse(running, "GET", reference)
    assert (status, "No adverts, please." in page) == (200, True)
    assert browse(running, "POST", reference, {"text": "It is a film's name."})[:2] == (
        303,
        f"/r/{reference}",
    )

    (listed,) = json.loads(home.run("appeals", "list", "--json").out)
    assert (listed["reference"], listed["state"]) == (reference, "open")
    noted = home.run("appeals", "note", address, "Looks honest.")
    assert "| It is a film's name." in noted.out
    assert "operator: Looks honest." in noted.out
    decided = home.run("appeals", "decide", reference, "granted", "--note", "It is.")
    assert decided.status == 0, decided.err

    page = browse(running, "GET", reference)[2]
    assert "It was granted" in page
    assert not {"operator", "honest"} & set(re.findall(r"\w+", page.lower()))
    assert running.ask(f"{WORDS} 20", depth=21)[0] == 200
    again = home.run("appeals", "decide", reference, "upheld")
    assert (again.status, "answered before: granted" in again.err) == (1, True)
    why = json.loads(home.run("decisions", "why", address, "--json").out)
    assert [each["reference"] for each in why] == [reference]


def test_a_moderator_with_a_part_in_it_cannot_answer_the_appeal(running, tokens):
    home = running.home
    as_dave = {"COUNTERSIGN_TOKEN_FILE": str(tokens["dave"])}
    assert home.run("trust", "set", PEER.user(), "untrusted", **as_dave).status == 0
    reference, _ = refused(running, 30)
    browse(running, "POST", reference, {"text": ""})

    def decide(name):
        return home.run(
            "appeals", "decide", reference, "upheld", COUNTERSIGN_TOKEN_FILE=str(tokens[name])
        )

    assert "Somebody else must answer this appeal" in decide("dave").err
    assert "needs the role moderator" in decide("rita").err
    assert decide("carol").status == 0
    assert "the refusal stands" in browse(running, "GET", reference)[2]
    audit = json.loads(home.run("audit", "list", "--by", "carol", "--json").out)
    assert [(each["command"], each["subject"], each["details"]["after"]) for each in audit] == [
        ("appeals decide", reference, "upheld")
    ]


def test_an_unknown_appeal_is_reported_with_advice(running):
    home = running.home

    assert "countersign appeals list" in home.run("appeals", "show", "7F3K9-QX2MB").err
    assert "No appeal is known by 'x'" in home.run("appeals", "decide", "x", "upheld").err
    assert "There is no community 'nowhere'" in (
        home.run("appeals", "list", "--community", "nowhere").err
    )


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("appeals", "decide", "x", "upheld", "--for", "3d"), "--for goes with granted"),
        (("appeals", "decide", "x", "closed", "--for", "3d"), "--for goes with granted"),
        (("reviews", "decide", "x", "keep", "--for", "3d"), "--for goes with allow"),
        (("reviews", "decide", "x", "spam", "--for", "3d"), "--for goes with allow"),
    ],
    ids=str,
)
def test_a_time_to_pass_goes_only_with_the_answer_by_which_words_pass(running, command, words):
    done = running.home.run(*command)

    assert done.status == 2
    assert words in done.err


def test_an_erased_person_takes_the_appeal_along(running):
    home = running.home
    reference, _ = refused(running, 40)
    browse(running, "POST", reference, {"text": "me again"})

    exported = home.run("privacy", "export", PEER.user())
    assert "me again" in exported.out
    assert home.run("privacy", "erase", PEER.user(), "--yes").status == 0

    assert json.loads(home.run("appeals", "list", "--json").out) == []
    assert browse(running, "GET", reference)[0] == 404
