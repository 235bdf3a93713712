"""Tests of sign-in and sessions over the wire: who gets in, from which origin, for how long."""

import hashlib
import re
from urllib.parse import quote

import pytest
from starlette.routing import Route

from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.review.sessions import SqlSessionStore
from countersign.adapters.sql.stores.review.sign_ins import SqlSignInStore
from countersign.testing.clocks import ManualClock, RepeatableRandomness
from countersign.web.dashboard.files import STATIC, StaticFiles
from countersign.web.dashboard.guard import DashboardApp, cookie_of, set_cookie
from countersign.web.dashboard.hosts import DashboardHosts
from countersign.web.dashboard.sessions import (
    IDLE_MS,
    MAX_PER_ACTOR,
    TOTAL_MS,
    Sessions,
    is_token_of,
)
from countersign.web.errors import ErrorAnswers
from countersign.web.http.access_refused import FormRefused
from tests.dashboard.visitor import Visitor
from tests.dashboard.world import World, make_home_for
from tests.databases import make_database

YEARS_MS = 10 * 365 * 86_400_000


@pytest.fixture
def visitor(world):
    return Visitor(world)


@pytest.fixture
def moderator(world, visitor):
    visitor.sign_in(world.token("moderator"))
    return visitor


def test_the_cookie_is_for_our_pages_alone_and_for_no_script(world, visitor):
    cookie = visitor.sign_in(world.token("moderator"))

    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    "other", ['settings={"a":1}', 'quoted="no end', "no equals sign", "=x", "", "ü=1", "a,b=c d"]
)
def test_cookies_of_other_programs_sign_nobody_out(moderator, other):
    for cookies in (f"{other}; {moderator.cookie}", f"{moderator.cookie};{other}"):
        assert moderator.get("/now", Cookie=cookies.encode("latin-1"))[0] == 200


def test_nobody_sees_a_page_without_signing_in(world, visitor):
    for path in ("/now", "/decisions/7F3K9-QX2MB", "/nothing", "/rooms/!a:b?x=1"):
        status, headers, _ = visitor.get(path)

        assert (status, headers["location"]) == (303, "/sign-in?next=" + quote(path, safe=""))


@pytest.mark.parametrize("token", ["", "x", "Bearer", "cst_" + "A" * 43, "é"])
def test_a_wrong_token_lets_nobody_in(visitor, token):
    status, headers, _ = visitor.post("/sign-in", {"token": token})

    assert status == 403
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "following", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "a"]
)
def test_signing_in_leads_to_no_other_site(world, visitor, following):
    page = visitor.get("/sign-in?next=" + quote(following, safe=""))[2]

    assert "evil.example" not in page
    assert "javascript:" not in page


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", ""]
)
def test_a_name_that_is_not_ours_is_refused(world, moderator, host):
    status, _, page = moderator.get("/now", Host=host)

    assert status == 403
    assert "public_url" in page


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost"},
    ],
)
def test_a_form_from_another_page_changes_nothing(world, moderator, headers):
    status, _, _ = moderator.post("/raids/begin", {"community": "default"}, **headers)

    assert status == 403
    assert world.admin("GET", "/raids") == {"raids": []}


@pytest.mark.parametrize("csrf", ["", "x", "é" * 43])
def test_a_form_without_the_sessions_secret_changes_nothing(world, moderator, csrf):
    status, _, _ = moderator.post("/raids/begin", {"community": "default"}, csrf=csrf)

    assert status == 403
    assert world.admin("GET", "/raids") == {"raids": []}


def test_the_secret_of_another_session_is_none(world, moderator):
    other = Visitor(world)
    other.sign_in(world.token("lead"))

    assert moderator.post("/raids/begin", {"community": "default"}, csrf=other.csrf)[0] == 403


def test_signing_out_ends_the_session(world, moderator):
    cookie = moderator.cookie
    status, headers, _ = moderator.post("/sign-out", {})
    moderator.cookie = cookie

    assert (status, "Max-Age=0" in headers["set-cookie"]) == (303, True)
    assert moderator.get("/now")[0] == 303


def test_a_page_that_asks_for_news_is_told_in_a_word_that_there_are_none(world, moderator):
    def ask():
        path = re.search(r'hx-get="(/now\?seen=\w+)"', moderator.get("/now")[2])[1]
        return path, moderator.get(path, **{"HX-Request": "true"})[0]

    # Once a minute there is news for the clock's sake, but not twice in a row.
    (_, first), (path, second) = ask(), ask()
    world.refuse()

    assert 204 in (first, second)
    assert moderator.get(path, **{"HX-Request": "true"})[0] == 200


@pytest.mark.parametrize("end", ["revoke", "freeze"])
def test_a_session_ends_with_its_token(world, visitor, end):
    name = f"ending-{end}"
    visitor.sign_in(world.token("moderator", name))
    assert visitor.get("/now")[0] == 200

    if end == "revoke":
        world.admin("POST", "/tokens/revoke", {"name": name})
    else:
        world.admin("POST", "/actors/freeze", {"actor": name, "reason": "test"})

    assert visitor.get("/now")[0] == 303
    assert visitor.post("/raids/begin", {"community": "default"})[0] == 303
    assert visitor.get("/now", **{"HX-Request": "true"})[:2][0] == 401


def test_roles_see_their_pages_and_no_others(world):
    seen = {}
    for role in ("read", "moderator", "lead", "operator"):
        visitor = Visitor(world)
        visitor.sign_in(world.token(role))
        paths = ("/now", "/people", "/audit", "/settings", "/privacy", "/keys")
        seen[role] = [path for path in paths if visitor.get(path)[0] == 200]

    assert seen["read"] == seen["moderator"] == ["/now", "/people"]
    assert seen["lead"] == ["/now", "/people", "/audit"]
    assert seen["operator"] == ["/now", "/people", "/audit", "/settings", "/privacy", "/keys"]


def test_objects_of_others_do_not_exist(world):
    """The same page answers for what is another community's and for what is nowhere."""
    reference = world.refuse()
    world.admin("POST", "/trust", {"user_id": "@eve:example.org", "level": "banned"})
    visitor = Visitor(world)
    scoped = {"name": "elsewhere", "role": "lead", "communities": ["default"]}
    token = world.admin("POST", "/tokens/create", {**scoped, "rooms": ["!other:example.org"]})
    visitor.sign_in(token["token"])

    there = visitor.get(f"/decisions/{reference}")
    nowhere = visitor.get("/decisions/00000-00000")

    assert there[0] == nowhere[0] == 404
    assert _without_secrets(there[2], reference) == _without_secrets(nowhere[2], "00000-00000")
    assert "Lobby" not in visitor.get("/rooms")[2]
    assert visitor.get("/rooms/!the-room%3Aexample.org")[0] == 404
    assert visitor.post(f"/decisions/{reference}/allow", {"hours": "1"})[0] in (403, 404)


def test_without_a_room_the_first_page_says_what_to_do(world, visitor):
    visitor.sign_in(world.token("moderator", "newcomer", "elsewhere"))
    page = visitor.get("/now")[2]

    assert "No room is protected yet" in page
    assert '<a href="/rooms/protect">Protect a room</a>' in page


def _without_secrets(page, name):
    page = re.sub(r'nonce="[^"]*"|value="[^"]*"|<time.*?</time>', "", page)
    return page.replace(name, "")


def test_after_ten_attempts_not_even_a_good_token_lets_in_for_a_while(world, visitor):
    wrong = [visitor.post("/sign-in", {"token": "x"})[0] for _ in range(10)]
    status, headers, _ = visitor.post("/sign-in", {"token": world.token("moderator")})

    assert wrong == [403] * 10
    assert (status, "set-cookie" in headers) == (429, False)
    assert 1 <= int(headers["retry-after"]) <= 30
    Visitor(world).sign_in(world.token("moderator"))  # from elsewhere


async def test_nothing_is_looked_up_for_style_and_scripts():
    """A page loads five of them."""

    class UnusedStore:
        async def find(self, secret_hash):
            raise AssertionError("the store was read")

    files = StaticFiles()
    app = DashboardApp(
        routes=[],
        open_routes=[Route(STATIC + "{name}", files.get)],
        hosts=DashboardHosts(None),
        sessions=Sessions(UnusedStore(), ManualClock(), RepeatableRandomness()),
        holders=None,
        pages=None,
        errors=ErrorAnswers(RepeatableRandomness()),
    )
    path = files.paths["dashboard.css"]
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"cookie", b"countersign=secret")],
    }
    sent = []

    async def send(message):
        sent.append(message)

    await app(scope, None, send)

    assert sent[0]["status"] == 200


@pytest.fixture
def own_world(tmp_path):
    """Return a server that may be stopped."""
    made = World(make_home_for(tmp_path / "home"))
    yield made
    made.close()


def test_a_restart_signs_nobody_out(own_world):
    visitors = {role: Visitor(own_world) for role in ("moderator", "operator")}
    for role, visitor in visitors.items():
        visitor.sign_in(own_world.token(role))
    visitors["moderator"].post("/raids/begin", {"community": "default"})

    own_world.restart()

    assert visitors["operator"].get("/settings")[0] == 200
    page = visitors["moderator"].get("/now")[2]
    assert "default is in raid mode" in page  # said by the process before
    assert "default is in raid mode" not in visitors["moderator"].get("/people")[2]
    assert visitors["moderator"].post("/raids/end", {"community": "default"})[0] == 303


def test_a_new_token_file_ends_the_operators_sessions(own_world):
    moderator, operator = Visitor(own_world), Visitor(own_world)
    moderator.sign_in(own_world.token("moderator"))
    operator.sign_in(own_world.token("operator"))

    own_world.restart(lambda: (own_world.home.folder / "admin.token").unlink())

    assert operator.get("/now")[0] == 303
    assert moderator.get("/now")[0] == 200


class TestSessions:
    @pytest.fixture
    def clock(self):
        return ManualClock()

    @pytest.fixture
    async def store(self, tmp_path):
        make_database(tmp_path / "countersign.db")
        database = SqliteDatabase(tmp_path / "countersign.db")
        yield SqlSessionStore(database)
        await database.close()

    @pytest.fixture
    def sessions(self, store, clock):
        return Sessions(store, clock, RepeatableRandomness())

    async def test_a_session_ends_when_nobody_uses_it(self, sessions, clock):
        secret = await sessions.open("alice")
        clock.advance(IDLE_MS / 1_000 - 1)
        assert await sessions.find(secret, is_used=False) is not None
        clock.advance(1)

        assert await sessions.find(secret) is None

    async def test_a_session_that_is_used_ends_after_half_a_day(self, sessions, clock):
        secret = await sessions.open("alice")
        for _ in range(TOTAL_MS // IDLE_MS * 2 - 1):
            clock.advance(IDLE_MS / 2_000)
            assert await sessions.find(secret) is not None
        clock.advance(IDLE_MS / 2_000)

        assert await sessions.find(secret) is None

    async def test_nobody_has_more_than_some_sessions_and_the_oldest_goes(self, sessions, clock):
        secrets = []
        for _ in range(MAX_PER_ACTOR + 1):
            secrets.append(await sessions.open("alice"))
            clock.advance(1)

        found = [await sessions.find(each) is not None for each in secrets]
        assert found == [False] + [True] * MAX_PER_ACTOR

    async def test_stored_hashes_open_no_session_and_are_no_token(self, sessions, store):
        """A copy of the database is of no use at the dashboard."""
        token_hash = hashlib.sha256(b"guessable").digest()
        secret = await sessions.open("operator", token_hash=token_hash)
        stored = await sessions.find(secret)

        assert secret.encode() not in repr(stored).encode()
        assert await sessions.find(stored.secret_hash.hex()) is None
        assert is_token_of(stored, secret, token_hash)
        assert not is_token_of(stored, stored.secret_hash.hex(), token_hash)
        assert not is_token_of(stored, secret, hashlib.sha256(b"another").digest())

    async def test_ending_all_sessions_during_sign_in_prevents_one(self, sessions, clock):
        proven_ts = clock.now_ts()
        clock.advance(1)
        sign_ins = SqlSignInStore(sessions._store._database)
        await sign_ins.end_sessions("@erin:example.org", clock.now_ts(), since_ts=0)
        clock.advance(1)

        secret = await sessions.open("@erin:example.org", proven_ts=proven_ts)
        assert await sessions.find(secret) is None
        assert await sessions.find(await sessions.open("@erin:example.org")) is not None

    async def test_a_session_of_a_fast_clock_ends_when_the_clock_is_right(self, sessions, clock):
        right_ts = clock.now_ts()
        clock.set_wall_clock(right_ts + YEARS_MS)
        secret = await sessions.open("alice")
        assert await sessions.find(secret) is not None
        clock.set_wall_clock(right_ts)

        assert await sessions.find(secret) is None

    async def test_an_end_of_all_sessions_that_a_fast_clock_wrote_locks_nobody_out(
        self, sessions, clock
    ):
        sign_ins = SqlSignInStore(sessions._store._database)
        right_ts = clock.now_ts()
        clock.set_wall_clock(right_ts + YEARS_MS)
        await sign_ins.end_sessions("@erin:example.org", clock.now_ts(), since_ts=0)
        clock.set_wall_clock(right_ts)

        secret = await sessions.open("@erin:example.org")
        assert await sessions.find(secret) is not None


class TestBehindAProxy:
    HOSTS = DashboardHosts("https://mod.example.org")

    def scope(self, method="GET", host="mod.example.org", origin=None):
        headers = [(b"host", host.encode())]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        return {"method": method, "headers": headers}

    def test_the_public_name_is_answered_and_its_own_forms_are_taken(self):
        self.HOSTS.check(self.scope(host="MOD.example.org:443"))
        self.HOSTS.check(self.scope("POST", origin="https://mod.example.org"))

    @pytest.mark.parametrize(
        "origin",
        [None, "null", "http://mod.example.org", "https://mod.example.org.evil.example"],
    )
    def test_forms_of_other_pages_are_not(self, origin):
        with pytest.raises(FormRefused):
            self.HOSTS.check(self.scope("POST", origin=origin))

    def test_the_cookie_is_bound_to_the_name_over_https_and_not_on_loopback(self):
        public, loopback = self.scope(), self.scope(host="127.0.0.1:8449")
        cookies = [
            set_cookie("secret", is_secure=self.HOSTS.is_secure(scope))[1].decode()
            for scope in (public, loopback)
        ]

        assert cookies[0].startswith("__Host-countersign=secret; Path=/;")
        assert "Secure" in cookies[0]
        assert cookies[1].startswith("countersign=secret; ")
        assert "Secure" not in cookies[1]

    def test_a_cookie_of_loopback_is_none_of_the_public_name(self):
        scope = {"headers": [(b"cookie", b"countersign=a; __Host-countersign=b")]}

        assert cookie_of(scope, is_secure=True) == "b"
        assert cookie_of(scope, is_secure=False) == "a"
