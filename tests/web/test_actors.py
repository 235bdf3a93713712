"""Tests of actors' scopes over HTTP: objects outside them do not exist for the actor."""

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import pytest

from countersign.adapters.metrics import PrometheusMetrics
from countersign.bootstrap.measures import build_measures
from countersign.bootstrap.policy_files import build_policy_activation
from countersign.config import read_config
from countersign.policy.measures.runaway_guard import DroppedStep
from countersign.protocol.errors import BadJson
from countersign.service.commands.moderation.decision_views import Archived
from countersign.service.errors import RateLimited
from countersign.service.health.readiness import Health
from countersign.testing.clocks import RepeatableRandomness
from countersign.testing.records import (
    REFUSE,
    make_leak,
    make_member,
    make_recorded,
    make_stored_room,
)
from countersign.web.admin.app import AdminServices, admin_app
from tests.service.commands.all_commands import make_backtests, make_commands
from tests.web import declared
from tests.web.wire import Wire, ask

OPERATOR = "the-operators-token"
V1 = "/_countersign/v1"
ROOM_A, ROOM_A2, ROOM_B = "!a:example.org", "!a2:example.org", "!b:example.org"
NO_ROOM = "!n:example.org"
VICTIM, NOBODY = "@victim:example.org", "@nobody:example.org"
REFUSED = replace(REFUSE, fingerprint="f00d", says=None)
IN_A, IN_B, IN_A2 = (
    make_recorded(1, REFUSED, room_id=ROOM_A, sender=VICTIM),
    make_recorded(2, REFUSED, room_id=ROOM_B, sender=VICTIM),
    make_recorded(3, REFUSED, room_id=ROOM_A2, sender=VICTIM),
)
NOTHING = make_recorded(4, REFUSED)  # is not recorded


def policy(*rooms, words=("spam",)):
    document = {"filters": [{"keyword": {"words": words}}]}
    return json.dumps({**document, **({"rooms": rooms} if rooms else {})})


async def what_is_archived(recorded):
    return Archived([], 30)


class Server:
    """A server with the communities a and b, and what was decided in their rooms."""

    def __init__(self, world, path, bind, bound, measures):
        self.world, self.path = world, path
        self.bind, self.bound, self.measures = bind, bound, measures

    async def another(self):
        """Return one with commands of its own, as another process has, and the same database."""
        return Server(self.world, self.path, self.bind, await self.bind(), self.measures)

    async def ask(self, token, method, target, body=None):
        headers = {"Authorization": f"Bearer {token}"}
        written = None if body is None else json.dumps(body).encode()
        answer = await ask(self.bound, method, target, headers, written)
        declared.check(method, target, answer)
        return answer

    async def token(self, name, role, *communities, **more):
        body = {"name": name, "role": role, "communities": communities, **more}
        answer = await self.ask(OPERATOR, "POST", f"{V1}/tokens/create", body)
        assert answer.status == 200, answer.body
        return answer.json["token"]

    def tables(self):
        """Return all that is stored but for the audit log, and what searches are made quick by."""
        with closing(sqlite3.connect(self.path)) as driver:
            names = [
                name
                for (name,) in driver.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
                if name not in ("audit", "sqlite_sequence")
                and not name.startswith(("found_names", "found_scores", "found_until"))
            ]
            return {name: driver.execute(f"SELECT * FROM {name}").fetchall() for name in names}

    async def audit(self, **asked):
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        answer = await self.ask(OPERATOR, "GET", f"{V1}/audit?{query}")
        return [
            (each["actor"], each["command"], each["community"], each["subject"], each["result"])
            for each in answer.json["entries"]
        ]


@pytest.fixture
async def server(world, serve, tmp_path):
    stores = world.stores
    state = [make_member(VICTIM)]
    for room_id in (ROOM_A, ROOM_A2, ROOM_B):
        await stores.rooms.save(make_stored_room(state, room_id=room_id))
    for number, recorded in enumerate((IN_A, IN_B, IN_A2), 1):
        await stores.decisions.record(recorded)
        leak = make_leak(number, room_id=recorded.room_id)
        await stores.leaks.record(leak, ["webhook"], max_waiting=9)
    rooms = world.rooms = world.restarted()
    await rooms.load()
    settings = tmp_path / "countersign.yaml"
    settings.write_text("server_name: policy.example.com\npolicies: {source: database}\n")
    (tmp_path / "policy.yaml").write_text(policy())
    (tmp_path / "communities").mkdir()
    (tmp_path / "communities" / "a.yaml").write_text(policy(ROOM_A, ROOM_A2))
    (tmp_path / "communities" / "b.yaml").write_text(policy(ROOM_B))
    activation = build_policy_activation(read_config(settings), stores.policies, world.clock)
    policies = await activation.start()
    measures = build_measures(stores, world.clock)
    for community in ("a", "b"):
        revision = policies.find(community).policy.revision
        step = DroppedStep(
            community=community,
            step="keyword",
            policy_revision=revision,
            because="it refused 9 trusted people",
            dropped_ts=1,
        )
        await stores.moderation.save_dropped(step)
    await measures.guard.load()
    await measures.trust.set_level("b", VICTIM, None)

    async def bind():
        commands = await make_commands(
            world,
            tmp_path,
            stores=stores,
            rooms=rooms,
            activation=activation,
            policies=policies,
            measures=measures,
            find_archived=what_is_archived,
        )
        app = admin_app(
            AdminServices(
                identity=world.identity,
                token=OPERATOR,
                health=Health({}),
                randomness=RepeatableRandomness(),
                metrics=PrometheusMetrics(),
                commands=commands,
            )
        )
        return await serve(app)

    return Server(world, tmp_path / "countersign.db", bind, await bind(), measures)


DAY_MS = 86_400_000
BEYOND = [
    ("GET", "/decisions?room_id={room}", None),
    ("GET", "/decisions?room_id={room}&step=keyword", None),
    ("GET", "/decisions/show?reference={reference}", None),
    ("GET", "/decisions/show?reference={event_id}", None),
    ("GET", "/decisions/why?reference={reference}", None),
    ("GET", "/decisions/stats?room_id={room}", None),
    ("POST", "/decisions/allow", {"reference": "{reference}"}),
    ("POST", "/decisions/allow", {"reference": "{event_id}"}),
    ("GET", "/leaks?room_id={room}", None),
    ("POST", "/rooms/check", {"room_id": "{room}"}),
    ("POST", "/lists/preview", {"room_id": "{room}"}),
    ("GET", "/trust?user_id=@victim:example.org&community={community}", None),
    ("GET", "/trust/given?community={community}", None),
    ("POST", "/trust", {"user_id": VICTIM, "level": "banned", "community": "{community}"}),
    ("POST", "/raids/begin", {"community": "{community}"}),
    ("POST", "/raids/end", {"community": "{community}"}),
    ("POST", "/guard/restore", {"step": "keyword", "community": "{community}"}),
    ("GET", "/indicators?community={community}", None),
    ("POST", "/indicators/add", {"indicator": "shop.example/a", "community": "{community}"}),
    ("POST", "/indicators/remove", {"indicator": "shop.example/a", "community": "{community}"}),
    ("GET", "/audit?community={community}", None),
    ("POST", "/policy/activate", {"community": "{community}", "document": "filters: []"}),
    ("POST", "/policy/rollback", {"community": "{community}"}),
    ("POST", "/undo", {"by": "{community}", "since_ts": 0}),
    ("POST", "/rooms/join", {"room_id": "{room}", "via": ["example.org"]}),
    ("POST", "/rooms/rejoin", {"room_id": "{room}"}),
    ("POST", "/rooms/leave", {"room_id": "{room}", "force": True}),
    ("POST", "/tokens/create", {"name": "x", "role": "read", "communities": ["{community}"]}),
    ("POST", "/tokens/revoke", {"name": "{community}"}),
    ("POST", "/actors/freeze", {"actor": "{community}"}),
    ("POST", "/actors/unfreeze", {"actor": "{community}"}),
]
OTHERS = {"room": ROOM_B, "reference": IN_B.reference, "event_id": IN_B.event_id, "community": "b"}
NONE = {
    "room": NO_ROOM,
    "reference": NOTHING.reference,
    "event_id": NOTHING.event_id,
    "community": "n",
}


def filled(text, values):
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def without_names(answer, values):
    text = answer.body.decode()
    for name, value in values.items():
        text = text.replace(f"'{value}'" if name == "community" else value, "…")
    return answer.status, text


@pytest.mark.parametrize("role", ["read", "junior", "moderator", "lead"])
async def test_objects_of_others_answer_as_if_they_did_not_exist(server, role):
    token = await server.token("alice", role, "a")
    await server.token("b", "junior", "b")  # an actor whom only operators know
    before = server.tables()
    audit_before = len(await server.audit(limit=1000))

    for method, path, body in BEYOND:
        asked = {}
        for values in (OTHERS, NONE):
            target = V1 + filled(path, values)
            written = json.loads(filled(json.dumps(body), values))
            answer = await server.ask(token, method, target, written)
            asked[values["community"]] = without_names(answer, values)
        assert asked["b"] == asked["n"], (method, path)

    assert server.tables() == before
    assert len(await server.audit(limit=1000)) == audit_before
    assert server.measures.raids.list_current() == []


LISTS = (
    "/decisions",
    "/decisions?sender=@victim:example.org",
    "/decisions?step=nothing",
    "/decisions/stats",
    "/leaks",
    "/rooms",
    "/lists",
    "/trust/given",
    "/raids",
    "/guard",
    "/policy",
    "/audit",
)


@pytest.mark.parametrize("role", ["read", "junior", "moderator", "lead"])
async def test_lists_hold_nothing_of_others(server, role):
    for path, body in (
        ("/raids/begin", {"community": "b", "reason": "b-raid"}),
        ("/trust", {"user_id": VICTIM, "level": "banned", "community": "b", "reason": "b-reason"}),
    ):
        assert (await server.ask(OPERATOR, "POST", V1 + path, body)).status == 200
    await server.ask(OPERATOR, "GET", f"{V1}/decisions?sender={VICTIM}")
    token = await server.token("alice", role, "a")

    for path in LISTS:
        answer = await server.ask(token, "GET", V1 + path)

        assert answer.status == (403 if path == "/audit" and role != "lead" else 200), path
        text = answer.body.decode()
        for name in (ROOM_B, IN_B.reference, IN_B.event_id, '"b"', "b-raid", "b-reason"):
            assert name not in text, path
    listed = (await server.ask(token, "GET", f"{V1}/decisions")).json["decisions"]
    everything = (await server.ask(OPERATOR, "GET", f"{V1}/decisions")).json["decisions"]
    assert [each["room_id"] for each in listed] == [ROOM_A2, ROOM_A]
    assert len(everything) == 3
    counted = [
        (await server.ask(each, "GET", f"{V1}/decisions/stats")).json["decisions"]
        for each in (token, OPERATOR)
    ]
    assert counted == [2, 3]


async def test_a_lead_sees_that_an_operator_read_and_not_what(server):
    await server.ask(OPERATOR, "GET", f"{V1}/decisions?sender={VICTIM}")
    token = await server.token("alice", "lead", "a")

    (entry,) = (await server.ask(token, "GET", f"{V1}/audit")).json["entries"]

    assert (entry["actor"], entry["command"]) == ("operator", "decisions list")
    assert (entry["subject"], entry["details"]) == (None, {})


async def test_a_scope_of_one_room_is_that_room(server):
    token = await server.token("alice", "junior", "a", rooms=[ROOM_A])

    listed = (await server.ask(token, "GET", f"{V1}/decisions")).json["decisions"]
    rooms = (await server.ask(token, "GET", f"{V1}/rooms")).json["rooms"]
    shown = await server.ask(token, "GET", f"{V1}/decisions/show?reference={IN_A2.reference}")
    trust = await server.ask(token, "GET", f"{V1}/trust?user_id={VICTIM}&community=a")
    allowed = await server.ask(
        token, "POST", f"{V1}/decisions/allow", {"reference": IN_A.reference}
    )

    assert [each["room_id"] for each in listed] == [ROOM_A]
    assert [each["room_id"] for each in rooms] == [ROOM_A]
    assert shown.status == 404
    # What is allowed passes in all rooms of the community, and trust is the community's.
    assert (trust.status, allowed.status) == (403, 403)


@pytest.mark.parametrize(
    ("role", "may"),
    [("read", 0), ("junior", 1), ("moderator", 3), ("lead", 6)],
)
async def test_each_role_may_do_what_the_table_says(server, role, may):
    token = await server.token("alice", role, "a")

    answers = [
        await server.ask(token, "POST", V1 + path, body)
        for path, body in (
            ("/decisions/allow", {"reference": IN_A.reference}),
            ("/trust", {"user_id": VICTIM, "level": "trusted"}),
            ("/raids/begin", {}),
            ("/guard/restore", {"step": "keyword"}),
            ("/policy/activate", {"document": policy(ROOM_A, ROOM_A2, words=["ham"])}),
            ("/policy/rollback", {}),
            ("/policy/reload", {}),
            ("/rooms/leave", {"room_id": ROOM_A}),
            ("/tokens/create", {"name": "x", "role": "operator"}),
            ("/actors/freeze", {"actor": "bob"}),
        )
    ]

    assert [each.status for each in answers] == [200] * may + [403] * (10 - may)
    assert {each.errcode for each in answers[may:]} == {"M_FORBIDDEN"}
    for path in ("/metrics", "/health", "/ready", f"{V1}/health", f"{V1}/keys", f"{V1}/tokens"):
        assert (await server.ask(token, "GET", path)).status == 403, path


@pytest.mark.parametrize(
    "document",
    [
        policy(ROOM_A, ROOM_A2, ROOM_B),
        policy(ROOM_A, ROOM_A2, NO_ROOM),
        policy(ROOM_A),
        policy(),
        json.dumps({"rooms": {"in_spaces": ["#all:example.org"]}, "filters": []}),
    ],
)
async def test_a_lead_cannot_take_over_other_rooms(server, document):
    token = await server.token("alice", "lead", "a")
    before = server.tables()

    answer = await server.ask(token, "POST", f"{V1}/policy/activate", {"document": document})

    assert answer.status in (400, 403)
    assert ROOM_B not in answer.body.decode()
    assert server.tables() == before


async def test_a_lead_goes_back_to_no_policy_with_other_rooms(server):
    for rooms in ((ROOM_A,), (ROOM_A, ROOM_A2)):
        body = {"community": "a", "document": policy(*rooms, words=["ham"])}
        done = await server.ask(OPERATOR, "POST", f"{V1}/policy/activate", body)
        assert done.status == 200, done.body
    token = await server.token("alice", "lead", "a")
    before = server.tables()

    answer = await server.ask(token, "POST", f"{V1}/policy/rollback", {"community": "a"})

    assert answer.status == 403
    assert server.tables() == before


async def test_a_policy_that_is_activated_stands_in_history_and_audit_log_with_its_actor(server):
    token = await server.token("alice", "lead", "a")
    body = {"document": policy(ROOM_A, ROOM_A2, words=["ham"]), "by": "root", "note": "ham"}

    answer = await server.ask(token, "POST", f"{V1}/policy/activate", body)

    assert answer.status == 200
    history = await server.world.stores.policies.changes("a")
    assert [(each.what, each.actor, each.note) for each in history] == [
        ("activated", "alice", "ham"),  # and not as who they say they are
        ("loaded", "", ""),
    ]
    assert history[0].revision == answer.json["revision"]
    assert ("alice", "policy activate", "a", None, "done") in await server.audit(limit=1000)


@pytest.mark.parametrize("level", [None, "banned"])
async def test_every_change_is_in_the_audit_log_with_what_was_before(server, level):
    token = await server.token("alice", "moderator", "a")
    asked = {"user_id": VICTIM, "level": level, "reason": "a joke"}

    await server.ask(token, "POST", f"{V1}/trust", asked)
    await server.ask(token, "POST", f"{V1}/raids/end", {})
    found = (await server.ask(OPERATOR, "GET", f"{V1}/audit?actor=alice")).json["entries"]

    (entry,) = found
    assert (entry["kind"], entry["face"], entry["community"]) == ("moderator", "api", "a")
    assert (entry["subject"], entry["result"]) == (VICTIM, "done")
    assert entry["details"]["before"]["level"] is None
    assert entry["details"]["after"]["level"] == level


async def test_an_operators_reading_is_in_the_audit_log(server):
    await server.ask(OPERATOR, "GET", f"{V1}/decisions/why?reference={IN_B.reference}")
    await server.ask(OPERATOR, "GET", f"{V1}/trust?user_id={VICTIM}&community=a")
    token = await server.token("alice", "read", "a")
    await server.ask(token, "GET", f"{V1}/decisions")

    assert (await server.audit())[1:] == [
        ("operator", "trust show", "a", VICTIM, "done"),
        ("operator", "decisions why", "b", IN_B.reference, "done"),
    ]


async def test_nothing_is_changed_that_cannot_be_written_down(server, other_writer):
    with other_writer() as driver:
        driver.execute("DROP TABLE audit")
    before = server.tables()

    answers = [
        await server.ask(OPERATOR, "POST", V1 + path, body)
        for path, body in (
            ("/trust", {"user_id": VICTIM, "level": "banned"}),
            ("/raids/begin", {}),
            ("/decisions/allow", {"reference": IN_A.reference}),
            ("/guard/restore", {"step": "keyword", "community": "a"}),
            ("/tokens/create", {"name": "x", "role": "operator"}),
        )
    ]

    assert [each.status for each in answers] == [503] * 5
    assert server.tables() == before
    assert server.measures.raids.list_current() == []
    assert (await server.ask(OPERATOR, "GET", f"{V1}/decisions")).status == 200


@pytest.fixture
def other_writer(world, tmp_path):
    def connect():
        return closing(sqlite3.connect(tmp_path / "countersign.db", isolation_level=None))

    return connect


class TestTokens:
    async def test_lets_in_until_it_ends(self, server):
        token = await server.token("alice", "read", "a", lasts_ms=DAY_MS)
        assert (await server.ask(token, "GET", f"{V1}/rooms")).status == 200

        server.world.clock.advance(seconds=DAY_MS / 1000)
        late = await server.ask(token, "GET", f"{V1}/rooms")

        assert (late.status, late.errcode) == (401, "M_UNAUTHORIZED")

    async def test_lets_in_until_it_is_revoked(self, server):
        token = await server.token("alice", "read", "a")

        revoked = await server.ask(OPERATOR, "POST", f"{V1}/tokens/revoke", {"name": "alice"})
        again = await server.ask(OPERATOR, "POST", f"{V1}/tokens/revoke", {"name": "alice"})
        body = {"name": "alice", "role": "read", "communities": ["a"]}
        anew = await server.ask(OPERATOR, "POST", f"{V1}/tokens/create", body)

        assert (revoked.status, again.status, anew.status) == (200, 404, 400)
        assert (await server.ask(token, "GET", f"{V1}/rooms")).status == 401

    async def test_a_frozen_actor_is_out_at_once_and_may_come_back(self, server):
        token = await server.token("alice", "lead", "a")
        body = {"actor": "alice", "reason": "a stolen laptop"}

        await server.ask(OPERATOR, "POST", f"{V1}/actors/freeze", body)
        out = await server.ask(token, "GET", f"{V1}/rooms")
        shown = (await server.ask(OPERATOR, "GET", f"{V1}/tokens")).json["frozen"]
        await server.ask(OPERATOR, "POST", f"{V1}/actors/unfreeze", {"actor": "alice"})

        assert out.status == 401
        assert [each["actor"] for each in shown] == ["alice"]
        assert (await server.ask(token, "GET", f"{V1}/rooms")).status == 200

    async def test_a_request_that_comes_in_slowly_is_refused_once_its_actor_is_frozen(self, server):
        token = await server.token("alice", "moderator", "a")
        body = json.dumps({"user_id": VICTIM, "level": "banned"}).encode()
        head = (
            f"POST {V1}/trust HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        async with await Wire.to(server.bound) as wire:
            await wire.say(head + body[:-1], pause=0.1)
            await server.ask(OPERATOR, "POST", f"{V1}/actors/freeze", {"actor": "alice"})
            await wire.say(body[-1:])
            status_line = await wire.reader.readline()

        assert b" 401 " in status_line
        assert all("banned" not in row for row in server.tables()["acquaintances"])
        assert [entry for entry in await server.audit() if entry[0] == "alice"] == []

    @pytest.mark.parametrize(
        "forged",
        [
            lambda token: token[:-1],
            lambda token: token + "A",
            lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
            lambda token: token.upper(),
            lambda _: "cst_",
            lambda _: "alice",
            lambda _: "cst_" + "A" * 43,
        ],
    )
    async def test_a_forged_token_lets_nobody_in(self, server, forged):
        token = await server.token("alice", "read", "a")

        answer = await server.ask(forged(token), "GET", f"{V1}/rooms")

        assert (answer.status, answer.errcode) == (401, "M_UNAUTHORIZED")

    async def test_no_token_is_stored_or_shown_again(self, server):
        token = await server.token("alice", "read", "a")

        shown = [
            (await server.ask(OPERATOR, "GET", V1 + path)).body.decode()
            for path in ("/tokens", "/audit")
        ]

        assert "alice" in shown[0]
        assert all(token not in each for each in shown)
        stored = server.path
        for file in stored.parent.iterdir():
            if file.is_file():
                assert token.encode() not in file.read_bytes()

    @pytest.mark.parametrize(
        "body",
        [
            {"name": "operator", "role": "read", "communities": ["a"]},
            {"name": "offline", "role": "read", "communities": ["a"]},
            {"name": "Alice", "role": "read", "communities": ["a"]},
            {"name": "", "role": "read", "communities": ["a"]},
            {"name": "a\nb", "role": "read", "communities": ["a"]},
            {"name": "alice", "role": "god", "communities": ["a"]},
            {"name": "alice", "role": "read", "communities": []},
            {"name": "alice", "role": "operator", "communities": ["a"]},
            {"name": "alice", "role": "read", "communities": ["a", "b"], "rooms": [ROOM_A]},
            {"name": "alice", "role": "read", "communities": ["a"], "rooms": ["a"]},
            {"name": "alice", "role": "read", "communities": "a"},
            {"name": "alice", "role": "read", "communities": ["a"], "lasts_ms": 0},
        ],
    )
    async def test_impossible_tokens_are_refused(self, server, body):
        answer = await server.ask(OPERATOR, "POST", f"{V1}/tokens/create", body)

        assert (answer.status, answer.errcode) == (400, "M_BAD_JSON")
        assert server.tables()["access_tokens"] == []

    @pytest.mark.parametrize(
        ("room_id", "words"),
        [
            (ROOM_B, f"The room {ROOM_B} belongs to the community b, not to a."),
            (NO_ROOM, f"The room {NO_ROOM} is unknown and is not named by the policy of a."),
        ],
    )
    async def test_a_token_holds_only_in_rooms_of_its_community(self, server, room_id, words):
        body = {"name": "alice", "role": "read", "communities": ["a"], "rooms": [ROOM_A, room_id]}
        answer = await server.ask(OPERATOR, "POST", f"{V1}/tokens/create", body)

        assert (answer.status, answer.errcode) == (400, "M_BAD_JSON")
        assert answer.json["error"] == f"{words} Its rooms: {ROOM_A2}, {ROOM_A}."
        assert server.tables()["access_tokens"] == []

    async def test_a_token_without_a_name_gets_one(self, server):
        body = {"role": "read", "communities": ["a"]}
        made = await server.ask(OPERATOR, "POST", f"{V1}/tokens/create", body)
        used = await server.ask(made.json["token"], "GET", f"{V1}/rooms")
        listed = (await server.ask(OPERATOR, "GET", f"{V1}/tokens")).json["tokens"]

        assert used.status == 200
        assert made.json["name"].startswith("read-")
        assert [each["name"] for each in listed] == [made.json["name"]]

    @pytest.mark.parametrize("name", ["operator", "offline", "server", ""])
    async def test_whom_nobody_can_freeze(self, server, name):
        answer = await server.ask(OPERATOR, "POST", f"{V1}/actors/freeze", {"actor": name})

        assert answer.status == 400
        assert (await server.ask(OPERATOR, "GET", f"{V1}/rooms")).status == 200


TESTED = json.dumps(
    {"filters": [], "tests": [{"name": "talk", "message": "hello", "expect": "sign"}]}
)


async def test_a_process_that_fails_is_trouble_of_ours_and_no_mistake_in_the_document(server):
    asked = {"document": TESTED, "community": "a"}

    answer = await server.ask(OPERATOR, "POST", f"{V1}/policy/test", asked)

    assert answer.status == 503
    assert answer.json["error"] == "The tests cannot be run: The process ended with status 1."


async def test_too_many_backtests_of_others_are_no_mistake_in_the_document(world):
    jobs = make_backtests(world)
    for community in ("a", "b"):
        jobs.start(community, {}, actor="alice")

    with pytest.raises(RateLimited, match="Too many backtests"):
        jobs.start("c", {}, actor="alice")
    with pytest.raises(BadJson, match="of this community"):
        jobs.start("a", {}, actor="alice")


class TestUndo:
    @pytest.fixture
    async def alice(self, server):
        """Alice did much damage."""
        token = await server.token("alice", "lead", "a")
        for path, body in (
            ("/trust", {"user_id": VICTIM, "level": "trusted"}),
            ("/trust", {"user_id": VICTIM, "level": "banned"}),
            ("/raids/begin", {"lasts_ms": DAY_MS}),
            ("/guard/restore", {"step": "keyword"}),
            ("/decisions/allow", {"reference": IN_A.reference}),
        ):
            answer = await server.ask(token, "POST", V1 + path, body)
            assert answer.status == 200, answer.body
        return token

    async def undo(self, server, token=OPERATOR, **body):
        asked = {"by": "alice", "since_ts": 0, **body}
        answer = await server.ask(token, "POST", f"{V1}/undo", asked)
        assert answer.status == 200, answer.body
        return [(each["command"], each["is_undone"]) for each in answer.json["changes"]]

    ALL = (
        ("decisions allow", True),
        ("guard restore", True),
        ("raid on", True),
        ("trust set", True),
        ("trust set", True),
    )

    async def test_a_dry_run_lists_changes_and_makes_none(self, server, alice):
        before = server.tables()

        assert await self.undo(server) == [*self.ALL]
        assert server.tables() == before

    async def test_reverts_all_of_it(self, server, alice):
        assert await self.undo(server, dry_run=False) == [*self.ALL]

        trust = await server.ask(OPERATOR, "GET", f"{V1}/trust?user_id={VICTIM}&community=a")
        dropped = (await server.ask(OPERATOR, "GET", f"{V1}/guard")).json["dropped"]
        assert trust.json["given"] is None
        assert [each["community"] for each in dropped] == ["a", "b"]
        assert (await server.ask(OPERATOR, "GET", f"{V1}/raids")).json == {"raids": []}
        assert server.tables()["allowances"] == []
        assert not server.measures.allowances.was_allowed("a", "keyword", 0)
        undone = [entry[1:3] for entry in await server.audit(limit=20) if entry[1] == "undo"]
        assert undone == [("undo", "a")] * 5

    async def test_an_undone_change_is_not_undone_again(self, server, alice):
        await self.undo(server, dry_run=False)
        before = server.tables()

        assert {is_undone for _, is_undone in await self.undo(server, dry_run=False)} == {False}
        assert server.tables() == before

    async def test_changes_undone_twice_at_once_are_reverted_once(self, server, alice):
        found = await asyncio.gather(*(self.undo(server, dry_run=False) for _ in range(4)))

        assert sorted(sum(is_undone for _, is_undone in each) for each in found) == [0, 0, 0, 5]
        undone = [entry for entry in await server.audit(limit=100) if entry[1] == "undo"]
        assert len(undone) == len(self.ALL)

    async def test_changes_undone_by_several_processes_at_once_are_reverted_once(
        self, server, alice
    ):
        servers = [server, *[await server.another() for _ in range(3)]]

        found = await asyncio.gather(*(self.undo(each, dry_run=False) for each in servers))

        assert sum(is_undone for each in found for _, is_undone in each) == len(self.ALL)
        undone = [entry for entry in await server.audit(limit=100) if entry[1] == "undo"]
        assert len(undone) == len(self.ALL)

    async def test_a_change_that_was_undone_and_made_again_by_others_stays(self, server, alice):
        await self.undo(server, dry_run=False)
        asked = {"user_id": VICTIM, "level": "banned", "community": "a"}
        await server.ask(OPERATOR, "POST", f"{V1}/trust", asked)

        would_be = await self.undo(server)
        found = await self.undo(server, dry_run=False)

        trust = await server.ask(OPERATOR, "GET", f"{V1}/trust?user_id={VICTIM}&community=a")
        assert {is_undone for _, is_undone in would_be + found} == {False}
        assert trust.json["given"] == "banned"

    async def test_changes_that_others_replaced_are_not_undone(self, server, alice):
        asked = {"user_id": VICTIM, "level": "untrusted", "community": "a"}
        await server.ask(OPERATOR, "POST", f"{V1}/trust", asked)

        found = await self.undo(server, dry_run=False)

        trust = await server.ask(OPERATOR, "GET", f"{V1}/trust?user_id={VICTIM}&community=a")
        assert found[-2:] == [("trust set", False), ("trust set", False)]
        assert trust.json["given"] == "untrusted"

    async def test_reverts_nothing_from_before(self, server, alice):
        server.world.clock.advance(seconds=60)

        assert await self.undo(server, since_ts=server.world.clock.now_ts()) == []

    async def test_a_lead_undoes_moderators_of_their_own_community_only(self, server, alice):
        asked = {"user_id": VICTIM, "level": "banned", "community": "a"}
        await server.ask(OPERATOR, "POST", f"{V1}/trust", asked)
        of_a = await server.token("leader-a", "lead", "a")
        of_b = await server.token("leader-b", "lead", "b")

        assert await self.undo(server, of_b, dry_run=False) == []
        assert await self.undo(server, of_b, by="nobody") == []
        assert await self.undo(server, of_a, by="operator", dry_run=False) == []
        assert len(await self.undo(server, of_a)) == 5

    async def test_a_made_token_is_revoked(self, server):
        boss = await server.token("boss", "operator")
        body = {"name": "mole", "role": "operator"}
        mole = (await server.ask(boss, "POST", f"{V1}/tokens/create", body)).json["token"]

        await self.undo(server, by="boss", dry_run=False)

        assert (await server.ask(mole, "GET", f"{V1}/rooms")).status == 401

    async def test_the_former_policy_is_in_force_again(self, server):
        token = await server.token("alice", "lead", "a")
        rooms = json.dumps([ROOM_A, ROOM_A2])
        first = (await server.ask(OPERATOR, "GET", f"{V1}/policy")).json["communities"][1]
        for word in ("casino", "lottery"):
            document = f"filters: [{{keyword: {{words: [{word}]}}}}]\nrooms: {rooms}"
            body = {"document": document, "community": "a"}
            answer = await server.ask(token, "POST", f"{V1}/policy/activate", body)
            assert answer.status == 200, answer.body

        would_be = await self.undo(server)
        done = await self.undo(server, dry_run=False)
        again = await self.undo(server, dry_run=False)

        now = (await server.ask(OPERATOR, "GET", f"{V1}/policy")).json["communities"][1]
        assert would_be == done == [("policy activate", True), ("policy activate", True)]
        assert again == [("policy activate", False), ("policy activate", False)]
        assert (now["name"], now["revision"]) == ("a", first["revision"])


class TestIndicators:
    async def add(self, server, token, written, **more):
        answer = await server.ask(
            token, "POST", f"{V1}/indicators/add", {"indicator": written, **more}
        )
        assert answer.status == 200, answer.body
        return answer.json

    async def listed(self, server, token):
        answer = await server.ask(token, "GET", f"{V1}/indicators")
        assert answer.status == 200, answer.body
        return answer.json["indicators"]

    async def test_an_added_indicator_is_listed_and_can_be_removed(self, server):
        token = await server.token("alice", "moderator", "a")
        link = await self.add(server, token, "https://www.Shop.example/offer?utm_source=x")
        contact = await self.add(server, token, "@Scam_Mer", lasts_ms=DAY_MS)

        assert (link["name"], link["because"]) == ("shop.example/offer", "said")
        assert contact["name"] is None
        assert contact["until_ts"] - contact["made_ts"] == DAY_MS
        assert await self.listed(server, token) == [contact, link]
        for written in (link["id"], "telegram @scam_mer"):
            removed = await server.ask(
                token, "POST", f"{V1}/indicators/remove", {"indicator": written}
            )
            assert removed.status == 200, removed.body
        assert await self.listed(server, token) == []

    async def test_no_contact_is_written_down(self, server):
        token = await server.token("alice", "moderator", "a")
        for written in ("@scam_mer", "+49 151 12345678", "scam@example.org"):
            await self.add(server, token, written)

        said = json.dumps(server.tables(), default=repr)
        for part in ("scam_mer", "15112345678", "scam@example.org"):
            assert part not in said

    async def test_invalid_and_unknown_indicators_are_reported(self, server):
        token = await server.token("alice", "moderator", "a")
        none = await server.ask(token, "POST", f"{V1}/indicators/add", {"indicator": "hello"})
        unknown = await server.ask(
            token, "POST", f"{V1}/indicators/remove", {"indicator": "shop.example"}
        )

        assert (none.status, unknown.status) == (400, 404)
        assert "Write a link" in none.json["error"]

    async def test_the_role_read_changes_nothing(self, server):
        token = await server.token("alice", "junior", "a")
        answer = await server.ask(
            token, "POST", f"{V1}/indicators/add", {"indicator": "shop.example"}
        )

        assert answer.status == 403

    async def test_undo_takes_back_what_was_added_and_removed(self, server):
        token = await server.token("alice", "moderator", "a")
        link = await self.add(server, token, "shop.example/offer")
        await self.add(server, token, "shop.example/other")
        await server.ask(token, "POST", f"{V1}/indicators/remove", {"indicator": link["id"]})
        asked = {"by": "alice", "since_ts": 0, "dry_run": False}
        answer = await server.ask(OPERATOR, "POST", f"{V1}/undo", asked)

        assert [each["is_undone"] for each in answer.json["changes"]] == [True] * 3
        assert await self.listed(server, token) == []


async def all_pages(server, token, path, name, *, by="before"):
    """Return a list page by page, one thing on each."""
    found, place = [], ""
    while place is not None:
        answer = await server.ask(token, "GET", f"{V1}{path}?limit=1&{by}={place}")
        assert answer.status == 200, answer.body
        found += answer.json[name]
        assert len(answer.json[name]) <= 1
        place = answer.json.get("next")
    return found


async def test_lists_come_in_pages(server):
    token = await server.token("alice", "lead", "a")
    for name in ("offer", "other", "third"):
        body = {"indicator": f"https://shop.example/{name}"}
        assert (await server.ask(token, "POST", f"{V1}/indicators/add", body)).status == 200

    for who, path, name, number in (
        (token, "/leaks", "leaks", 2),
        (token, "/decisions", "decisions", 2),
        (token, "/rooms", "rooms", 2),
        (token, "/indicators", "indicators", 3),
        (OPERATOR, "/leaks", "leaks", 3),
        (OPERATOR, "/rooms", "rooms", 3),
        (OPERATOR, "/tokens", "tokens", 1),
    ):
        whole = (await server.ask(who, "GET", f"{V1}{path}")).json[name]
        assert len(whole) == number, path
        assert await all_pages(server, who, path, name) == whole, path
    whole = (await server.ask(token, "GET", f"{V1}/audit")).json["entries"]
    assert len(whole) > 3
    assert await all_pages(server, token, "/audit", "entries", by="before_id") == whole


async def test_the_numbers_of_a_leads_entries_do_not_count_what_others_do(server):
    token = await server.token("alice", "lead", "a")
    given = {"user_id": VICTIM, "level": "trusted", "community": "a"}
    for _ in range(3):
        await server.ask(OPERATOR, "POST", f"{V1}/trust", given)
        await server.ask(OPERATOR, "POST", f"{V1}/trust", {**given, "community": "b"})

    theirs, own = [
        [each["entry_id"] for each in (await server.ask(who, "GET", f"{V1}/audit")).json["entries"]]
        for who in (OPERATOR, token)
    ]
    stated = await server.ask(token, "GET", f"{V1}/audit?before_id={own[1]}")

    assert theirs == list(range(len(theirs), 0, -1))
    assert len(set(own)) == 3
    assert min(own) > len(theirs)
    assert len({one - other for one, other in pairwise(own)}) > 1
    assert [each["entry_id"] for each in stated.json["entries"]] == own[2:]


async def test_the_audit_log_can_leave_out_what_operators_looked_at(server):
    for method, path in declared.declared():
        if method == "GET" and path != f"{V1}/audit":
            await server.ask(OPERATOR, "GET", path)
    looked = (await server.ask(OPERATOR, "GET", f"{V1}/audit?limit=1000")).json["entries"]
    given = {"user_id": VICTIM, "level": "trusted", "community": "a"}
    assert (await server.ask(OPERATOR, "POST", f"{V1}/trust", given)).status == 200

    answer = await server.ask(OPERATOR, "GET", f"{V1}/audit?only_changes=true")

    assert {each["command"] for each in looked} > {"decisions list", "trust list", "leaks list"}
    assert [each["command"] for each in answer.json["entries"]] == ["trust set"]


async def test_no_page_begins_behind_what_belongs_to_others(server):
    token = await server.token("alice", "lead", "a")

    for path in ("/leaks", "/decisions"):
        answers = [
            await server.ask(token, "GET", f"{V1}{path}?before={key}")
            for key in (IN_B.key.hex(), NOTHING.key.hex())
        ]

        assert [each.status for each in answers] == [400, 400]
        assert answers[0].body == answers[1].body
