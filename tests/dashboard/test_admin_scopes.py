"""No parameter of any endpoint of the admin API finds what lies outside an actor's scopes.

Each parameter of each declared endpoint is tried with the name of something that belongs to others,
and with a name that nothing has: the answers must be the same. A parameter that is not classified
here fails.
"""

import json
import re
import time
from urllib.parse import urlencode

import pytest

from countersign.service.commands.actors.rules import Command
from countersign.web.admin.app import declarations
from tests.cli.running_server import ROOM_ID
from tests.dashboard.test_scopes import ROLES, SECRET, state_of, theirs  # noqa: F401 - a fixture
from tests.dashboard.world import ask

NOWHERE = "!nowhere:example.org"
ANOTHER = "!another:example.org"
"""A room of the default community."""
TIME_MS = re.compile(r"\b1\d{12}\b")
VALID = {
    "answer": "granted",
    "document": "filters: [depth]",
    "indicator": "https://shop.example/",
    "mode": "shadow",
    "name": "somebody",
    "role": "read",
    "since_ts": 0,
    "step": "depth",
    "text": "a note",
    "user_id": "@somebody:example.org",
    "user_ids": ["@somebody:example.org"],
}
"""Values for what an endpoint needs beside the parameter that is tried."""
NAMES_NOTHING = frozenset(
    (
        *("answer", "before_id", "before_ts", "distrusts", "dry_run", "filter", "force", "found"),
        *(
            "came_within_ms",
            "indicator",
            "is_alone",
            "is_leaked",
            "is_strict",
            "lasts_ms",
            "level",
            "limit",
        ),
        *("max_score", "min_score", "mode", "note", "only_changes", "outcome", "public_key"),
        *("public_keys", "reason", "redacts", "replaced", "role", "server", "since_ts", "state"),
        *("step", "text", "threshold", "verdict", "via", "what", "with_given"),
    )
)
"""Parameters that are no name of anything that belongs to one community."""


@pytest.fixture(scope="module")
def tokens(world, theirs):  # noqa: F811
    """Return tokens of each role for another community, and for another room of the same one."""
    made = {}
    for role in ROLES:
        asked = {"name": f"api-elsewhere-{role}", "role": role, "communities": ["elsewhere"]}
        made["elsewhere", role] = world.admin("POST", "/tokens/create", asked)["token"]
        asked = {"name": f"api-room-{role}", "role": role, "communities": ["default"]}
        asked["rooms"] = [ANOTHER]
        made["room", role] = world.admin("POST", "/tokens/create", asked)["token"]
    asked = {"name": SECRET, "role": "lead", "communities": ["default"]}
    world.admin("POST", "/tokens/create", asked)
    return made


def pairs_of(theirs, scope):  # noqa: F811
    """Return for each parameter the names of what belongs to others, each with a like name."""
    there, nowhere = ("default" if scope == "elsewhere" else "elsewhere"), "nowhere"
    references = [
        (theirs["reference"], "ZZZZZ-ZZZZZ"),
        (theirs["event"], "$" + "A" * 43),
        (theirs["waiting"], "ZZZZZ-ZZZZZ"),
    ]
    rooms = [(ROOM_ID, NOWHERE)]
    people = [(theirs["sender"], "@nobody:example.org")]
    actors = [(SECRET, "nobody")]
    documents = [tuple(f"rooms: ['{room}']\nfilters: [depth]\n" for room in rooms[0])]
    return {
        "actor": actors,
        "after": [(theirs["reference"], "ZZZZZ-ZZZZZ")],
        "before": references,
        "by": actors,
        "communities": [([there], [nowhere])],
        "community": [(there, nowhere)],
        "document": documents,
        "incident": references,
        "job": [(theirs["job"], "0123456789abcdef")],
        "name": [(SECRET, "nobody"), *rooms],
        "reference": references,
        "revision": [(theirs["revision"], "0123456789ab")],
        "room": rooms,
        "room_id": rooms,
        "rooms": [([ROOM_ID], [NOWHERE])],
        "sender": people,
        "space": rooms,
        "to": [(theirs["revision"], "0123456789ab")],
        "user_id": people,
        "user_ids": [([theirs["sender"]], ["@nobody:example.org"])],
    }


def answer_of(world, token, endpoint, sent):
    """Return status and body of a request."""
    address = (world.home.folder / "admin.address").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    path, body = endpoint.path, None
    if endpoint.has_body:
        body = json.dumps(sent)
    elif sent:
        path += "?" + urlencode(sent, doseq=True)
    status, _, answer = ask(f"http://{address}", endpoint.method, path, headers, body)
    return status, answer


def without(answer, value):
    """Return an answer without the value that was asked for, and what only tells time."""
    status, text = answer
    values = value if isinstance(value, list) else [value]
    for each in (*values, ROOM_ID, NOWHERE):
        text = text.replace(json.dumps(each)[1:-1], "…").replace(each, "…")
    text = TIME_MS.sub("0", text)
    try:
        found = json.loads(text)
    except ValueError:
        return status, text
    for changing in ("revision", "job"):
        if isinstance(found, dict):
            found.pop(changing, None)
    return status, found


def wait_for_backtests(world):
    """Wait until none is running: a community has one at a time."""
    while any(job["state"] == "running" for job in world.admin("GET", "/backtests")["jobs"]):
        time.sleep(0.05)


def attempts():
    for endpoint in declarations():
        for name in endpoint.params.model_fields:
            yield endpoint, name


def test_every_parameter_is_classified(theirs):  # noqa: F811
    classified = NAMES_NOTHING | pairs_of(theirs, "room").keys()

    assert {name for _, name in attempts()} - {"user_id", *classified} == set()


@pytest.mark.parametrize("scope", ["elsewhere", "room"])
def test_no_parameter_finds_what_belongs_to_others(world, theirs, tokens, scope):  # noqa: F811
    before = state_of(world)
    pairs, tried = pairs_of(theirs, scope), 0
    own = {"community": "elsewhere" if scope == "elsewhere" else "default"}
    for endpoint, name in attempts():
        needed = [
            field
            for field, described in endpoint.params.model_fields.items()
            if described.is_required() or (field == "community" and field in pairs)
        ]
        for role in ROLES:
            for named in pairs.get(name, ()):
                answers = []
                for value in named:
                    sent = {each: {**VALID, **own}.get(each, "ZZZZZ-ZZZZX") for each in needed}
                    sent[name] = value
                    answered = answer_of(world, tokens[scope, role], endpoint, sent)
                    answers.append(without(answered, value))
                    if endpoint.command is Command.BACKTESTS_START:
                        wait_for_backtests(world)
                    tried += 1
                assert answers[0] == answers[1], (endpoint.path, name, role, sent)
                assert answers[0][0] < 500, (endpoint.path, answers)
    assert tried > 500
    assert state_of(world) == before
