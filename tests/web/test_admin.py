"""Tests of access to the admin API."""

import asyncio
import json
from pathlib import Path

import pytest

from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.bootstrap.measures import build_measures
from countersign.bootstrap.policy_files import build_policy_activation
from countersign.config import read_config
from countersign.service.errors import NotFound
from countersign.service.health.readiness import Health
from countersign.service.rooms.sync.state_checks import StateChecks
from countersign.testing.clocks import RepeatableRandomness
from countersign.web.admin import progress
from countersign.web.admin.app import AdminServices, admin_app
from countersign.web.token_holders import TokenHolders
from tests.databases import make_database
from tests.service.commands.all_commands import make_commands
from tests.service.conftest import OUR_NAME
from tests.waiting import until
from tests.web import declared
from tests.web.wire import ask

TOKEN = "a-token-for-tests"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
V1 = "/_countersign/v1"
GOOD = "filters: [{keyword: {words: [spam]}}]"
BAD = "filters: [{keywrod: {}}]\nnonsense: 1\n"


@pytest.fixture
def troubles():
    return {"rooms": None, "store": None}


@pytest.fixture
def policy_file(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text(GOOD)
    return file


@pytest.fixture
async def admin(world, serve, troubles, policy_file, tmp_path):
    make_database(tmp_path / "countersign.db")
    stores = stores_in(SqliteDatabase(tmp_path / "countersign.db"))
    settings = tmp_path / "countersign.yaml"
    settings.write_text(f"server_name: policy.example.com\npolicy: {policy_file}\n")
    activation = build_policy_activation(read_config(settings), stores.policies, world.clock)
    policies = await activation.start()
    app = admin_app(
        AdminServices(
            identity=world.identity,
            token=f"{TOKEN}\n",
            health=Health({name: lambda name=name: troubles[name] for name in troubles}),
            randomness=RepeatableRandomness(),
            metrics=PrometheusMetrics(),
            commands=await make_commands(
                world,
                policy_file.parent,
                stores=stores,
                rooms=world.rooms,
                activation=activation,
                policies=policies,
                measures=build_measures(stores, world.clock),
            ),
        )
    )
    bound = await serve(app)

    async def call(method, target, body=None, headers=AUTHORIZED):
        written = None if body is None else json.dumps(body).encode()
        answer = await ask(bound, method, target, headers, written)
        declared.check(method, target, answer)
        return answer

    return call


def lines_of(answer):
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.body.splitlines()]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
async def test_the_name_of_the_scheme_has_no_case(admin, scheme):
    answer = await admin("GET", f"{V1}/rooms", headers={"Authorization": f"{scheme} {TOKEN}"})

    assert answer.status == 200


@pytest.mark.parametrize(
    "authorization",
    [None, "", TOKEN, "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"],
)
@pytest.mark.parametrize("target", [f"{V1}/rooms", f"{V1}/health", "/elsewhere"])
async def test_requests_without_the_token_are_refused(admin, authorization, target):
    headers = {} if authorization is None else {"Authorization": authorization}

    answer = await admin("GET", target, headers=headers)

    assert (answer.status, answer.errcode) == (401, "M_UNAUTHORIZED")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1"},
        {"Origin": "null"},
        {"Host": "attacker.example"},
        {"Host": "127.0.0.1.attacker.example:80"},
        {"Host": "[2001:db8::1]"},
        {"Host": ""},
    ],
)
async def test_requests_of_web_pages_are_refused_even_with_the_token(admin, headers):
    answer = await admin("GET", f"{V1}/rooms", headers={**AUTHORIZED, **headers})

    assert (answer.status, answer.errcode) == (403, "M_FORBIDDEN")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1", "[::1]:8", "[::1]"])
async def test_requests_from_this_machine_are_answered(admin, host):
    assert (await admin("GET", f"{V1}/rooms", headers={**AUTHORIZED, "Host": host})).status == 200


def test_an_empty_token_lets_nobody_in():
    with pytest.raises(ValueError, match="empty"):
        TokenHolders(" \n")


async def test_the_health_of_every_part_is_reported(admin, troubles):
    well = await admin("GET", f"{V1}/health")
    troubles["store"] = "The disk is full."
    ill = await admin("GET", f"{V1}/health")

    assert (well.status, well.json["is_ready"], well.json["server_name"]) == (200, True, OUR_NAME)
    assert (ill.status, ill.json["is_ready"]) == (503, False)
    assert ill.json["parts"] == {"rooms": None, "store": "The disk is full."}


async def test_a_room_is_joined_listed_and_left(admin, world):
    room_id = world.room.room_id
    assert (await admin("GET", f"{V1}/rooms")).json == {"rooms": [], "unfound": []}

    joined = lines_of(
        await admin("POST", f"{V1}/rooms/join", {"room_id": room_id, "via": ["example.org"]})
    )
    listed = (await admin("GET", f"{V1}/rooms")).json["rooms"]
    left = lines_of(await admin("POST", f"{V1}/rooms/leave", {"room_id": room_id}))

    assert all(line.keys() == {"progress"} for line in joined[:-1])
    assert len(joined) > 2
    assert listed == [joined[-1]["joined"]]
    assert (listed[0]["room_id"], listed[0]["membership"]) == (room_id, "joined")
    assert (listed[0]["room_version"], listed[0]["joined_members"]) == ("11", 3)
    assert [alert["kind"] for alert in listed[0]["alerts"]] == ["not-named"]
    assert left[-1]["left"]["membership"] == "left"


async def test_the_last_line_gives_the_reason_of_a_failed_join(admin):
    body = {"room_id": "!nowhere:example.org", "via": ["nobody.example"]}

    last = lines_of(await admin("POST", f"{V1}/rooms/join", body))[-1]

    assert last.keys() == {"error"}
    assert "nobody.example" in last["error"]


async def test_the_last_line_reports_an_unexpected_error(admin, world, monkeypatch):
    async def broken(*_, **__):
        raise KeyError("secret")

    monkeypatch.setattr(world.rooms, "leave", broken)

    last = lines_of(await admin("POST", f"{V1}/rooms/leave", {"room_id": "!a:b"}))[-1]

    assert last["errcode"] == "M_UNKNOWN"
    assert "secret" not in last["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("join", {}),
        ("join", {"room_id": 7, "via": []}),
        ("join", {"room_id": "!a:b"}),
        ("join", {"room_id": "!a:b", "via": [7]}),
        ("join", []),
        ("leave", {"via": []}),
    ],
)
async def test_a_missing_parameter_is_named(admin, path, body):
    answer = await admin("POST", f"{V1}/rooms/{path}", body)

    assert (answer.status, answer.errcode) == (400, "M_BAD_JSON")


async def test_a_join_goes_on_when_its_reader_leaves(admin, world, monkeypatch):
    body = {"room_id": world.room.room_id, "via": ["example.org"]}
    asked = asyncio.Event()
    join = world.rooms.join

    async def joining(*arguments):
        asked.set()
        return await join(*arguments)

    monkeypatch.setattr(world.rooms, "join", joining)
    asking = asyncio.create_task(admin("POST", f"{V1}/rooms/join", body))
    await asked.wait()
    asking.cancel()

    async with asyncio.timeout(60):
        while world.rooms.get(world.room.room_id) is None:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


async def test_empty_lines_are_sent_during_a_long_join(admin, world, monkeypatch):
    sent, send_line = [], progress.ProgressStream._send_line

    async def note(send, line, **more):
        await send_line(send, line, **more)
        sent.append(line)

    async def slow(*_, **__):
        await until(lambda: len(sent) > 4)
        raise NotFound("There is no such room.")

    monkeypatch.setattr(progress, "STILL_HERE_SECONDS", 0.02)
    monkeypatch.setattr(progress.ProgressStream, "_send_line", staticmethod(note))
    monkeypatch.setattr(world.rooms, "leave", slow)

    answer = await admin("POST", f"{V1}/rooms/leave", {"room_id": "!a:b"})

    lines = answer.body.split(b"\n")
    assert lines.count(b"") > 4
    assert json.loads(lines[-2]) == {"error": "There is no such room."}


@pytest.mark.parametrize(
    ("verb", "method", "words"),
    [
        ("join", "join", "goes on joining"),
        ("rejoin", "join", "goes on joining"),
        ("leave", "leave", "--force"),
        ("check", "get", "answer too slowly"),
    ],
)
async def test_long_waits_for_other_servers_are_reported_in_time(
    admin, world, monkeypatch, verb, method, words
):
    async def never(*_, **__):
        await asyncio.sleep(3600)

    monkeypatch.setattr(progress, "COMMAND_SECONDS", 0.05)
    if verb in ("check", "rejoin"):
        await world.rooms.join(world.room.room_id, [world.alice.server_name])
    if verb == "check":
        monkeypatch.setattr(StateChecks, "check", never)
    else:
        monkeypatch.setattr(world.rooms, method, never)

    via = {"via": ["a.b"]} if "join" in verb else {}

    answer = await admin("POST", f"{V1}/rooms/{verb}", {"room_id": world.room.room_id, **via})

    last = json.loads(answer.body.split(b"\n")[-2])
    assert "Not done within" in last["error"]
    assert words in last["error"]


async def test_the_policy_is_reloaded(admin, policy_file):
    first = await admin("POST", f"{V1}/policy/reload")
    policy_file.write_text(GOOD.replace("spam", "scam"))
    second = await admin("POST", f"{V1}/policy/reload")
    policy_file.write_text(BAD)
    bad = await admin("POST", f"{V1}/policy/reload")

    assert (first.status, second.status) == (200, 200)
    assert first.json["revision"] != second.json["revision"]
    assert (bad.status, bad.errcode) == (400, "M_BAD_JSON")
    assert len(bad.json["mistakes"]) == 2
    assert "keywrod" in bad.json["mistakes"][0]


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("POST", "/rooms", 405), ("GET", "/policy/reload", 405), ("GET", "/elsewhere", 404)],
)
async def test_unknown_paths_are_not_found(admin, method, target, status):
    answer = await admin(method, V1 + target)

    assert (answer.status, answer.errcode) == (status, "M_UNRECOGNIZED")


async def test_the_served_description_equals_the_documented_one(admin):
    answer = await admin("GET", f"{V1}/openapi.json")

    assert answer.status == 200
    assert answer.body == (Path(__file__).parents[2] / "docs" / "openapi.json").read_bytes()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("limit=x", "The parameter 'limit' must be a whole number from 0 to 999,999,999,999,999."),
        ("limit=1&limit=2", "The parameter 'limit' is given twice."),
        ("limit=+1", "must be a whole number"),
        ("limit=" + "9" * 5000, "must be a whole number"),
        ("room_id=lounge", "must be a room ID such as !abc:example.org"),
        ("verdict=maybe", "must be one of sign, refuse"),
        ("room=!a:b.c", "There is no parameter 'room' here; there is room_id, sender, server,"),
    ],
)
async def test_an_invalid_parameter_is_named(admin, query, words):
    answer = await admin("GET", f"{V1}/decisions?{query}")

    assert (answer.status, answer.errcode) == (400, "M_BAD_JSON")
    assert words in answer.json["error"]


async def test_an_empty_parameter_counts_as_none(admin):
    assert (await admin("GET", f"{V1}/decisions?room_id=&limit=&step=")).status == 200
