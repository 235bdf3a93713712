"""Sign-in by a Matrix account over the wire: honest and hostile homeservers, and other pages."""

import html
import re
import threading

import pytest

from tests.cli.running_server import ROOM_ID
from tests.dashboard.homeserver import OpenIdServer, send
from tests.dashboard.hostile import FEW
from tests.dashboard.test_looks import PHONE, serious_faults
from tests.dashboard.visitor import Visitor
from tests.dashboard.world import ELSEWHERE, World, make_home_for

SECRET = re.compile(r'name="secret" value="([\w-]+)"')
CODE = re.compile(r"!cs sign-in ([0-9A-Z]{4}-[0-9A-Z]{4})")
ROOM = {"room": ROOM_ID}


@pytest.fixture(scope="module")
def homeserver(tmp_path_factory):
    made = OpenIdServer(tmp_path_factory.mktemp("homeserver"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def matrix_world(tmp_path_factory, homeserver):
    """A server where Erin leads one community and Mod may ban in one room of another."""
    home = make_home_for(tmp_path_factory.mktemp("matrix") / "home")
    mod = homeserver.user("mod")
    levels = {"users": {mod: 50, "@alice:example.org": 100}}
    made = World(
        home,
        state={"m.room.name": {"name": "Lobby"}, "m.room.power_levels": levels},
        members=[mod],
        dashboard={"openid": True, "room_moderators": True},
        settings={
            "federation": {
                "ca_certificates": str(homeserver.ca_file),
                "allow_networks": ["127.0.0.0/8"],
            },
            "management": {
                "elsewhere": {"moderators": {homeserver.user("erin"): "lead"}},
                "default": {"room": "!office:example.org"},
            },
        },
    )
    yield made
    made.close()


@pytest.fixture
def erin(homeserver):
    return homeserver.user("erin")


@pytest.fixture
def visitor(matrix_world):
    return Visitor(matrix_world)


def by_openid(visitor, user_id, token):
    return visitor.post("/sign-in/openid", {"user_id": user_id, "openid": token, "next": "/rooms"})


def test_a_token_of_the_homeserver_lets_in_with_the_role_in_the_settings(
    matrix_world, visitor, homeserver, erin
):
    homeserver.answers["first"] = {"sub": erin}

    cookie = visitor.signed_in(by_openid(visitor, erin, homeserver.token("first")))

    assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
    assert erin in html.unescape(visitor.get("/now")[2])
    assert visitor.get("/audit")[0] == 200
    assert visitor.get("/settings")[0] == 403
    assert visitor.get("/policy/default")[0] == 404  # another community's
    entries = matrix_world.admin("GET", f"/audit?actor={erin}")["entries"]
    assert [(each["command"], each["face"], each["details"]["way"]) for each in entries] == [
        ("dashboard sign-in", "dashboard", "openid")
    ]


def test_their_changes_are_audited_by_user_id(matrix_world, visitor, homeserver, erin):
    homeserver.answers["changing"] = {"sub": erin}
    visitor.signed_in(by_openid(visitor, erin, homeserver.token("changing")))

    assert visitor.post("/raids/begin", {"community": "elsewhere", "reason": "x"})[0] == 303

    (entry,) = [
        each
        for each in matrix_world.admin("GET", f"/audit?actor={erin}")["entries"]
        if each["command"] == "raid on"
    ]
    assert (entry["kind"], entry["face"]) == ("moderator", "dashboard")
    matrix_world.admin("POST", "/raids/end", {"community": "elsewhere"})


def test_a_token_is_good_once(visitor, homeserver, erin):
    homeserver.answers["once"] = {"sub": erin}
    visitor.signed_in(by_openid(visitor, erin, homeserver.token("once")))
    other = Visitor(visitor.world)

    status, headers, page = by_openid(other, erin, homeserver.token("once"))

    assert (status, "set-cookie" in headers) == (403, False)
    assert "was used before" in page


def test_a_room_moderator_sees_and_allows_in_that_room_only(matrix_world, visitor, homeserver):
    mod = homeserver.user("mod")
    homeserver.answers["mod"] = {"sub": mod}
    reference = matrix_world.refuse(sender="alice")
    visitor.signed_in(by_openid(visitor, mod, homeserver.token("mod")))

    assert "Lobby" in visitor.get("/rooms")[2]
    page = visitor.get(f"/decisions/{reference}")
    assert page[0] == 200
    for path in ("/people", "/raids", "/policy", "/audit", "/settings", "/indicators"):
        assert visitor.get(path)[0] in (403, 404), path
    for path, fields in (
        ("/raids/begin", {"community": "default"}),
        ("/people/trust", {"user_id": "@x:example.org", "level": "banned"}),
        (f"/decisions/{reference}/spam", {}),
        ("/indicators/add", {"text": "https://x.example"}),
    ):
        assert visitor.post(path, fields)[0] in (403, 404), path
    assert ELSEWHERE not in visitor.get("/rooms")[2]


def redirected(handler):
    send(handler, 302, b"", Location=f"https://{handler.headers['Host']}/elsewhere")


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(10_000):
            handler.wfile.write(b'{"sub":"' + b"x" * 65_536)
    except OSError:
        pass


def nested(handler):
    send(handler, 200, b'{"sub":' * 10_000 + b"1" + b"}" * 10_000)


@pytest.mark.parametrize(
    "answer",
    [
        {"sub": "@admin:example.org"},
        {"sub": "@other:127.0.0.1"},
        {"sub": None},
        {"sub": {"sub": "x"}},
        {},
        redirected,
        endless,
        nested,
        lambda handler: send(handler, 200, b"<html>"),
        lambda handler: send(handler, 500, b"{}"),
        lambda handler: handler.connection.close(),
    ],
    ids=lambda answer: getattr(answer, "__name__", str(answer)),
)
def test_a_homeserver_that_lies_or_rambles_lets_nobody_in(visitor, homeserver, erin, answer):
    token = f"hostile-{id(answer)}"
    homeserver.answers[token] = answer
    asked = len(homeserver.asked)

    status, headers, _ = by_openid(visitor, erin, homeserver.token(token))

    assert (status, "set-cookie" in headers) == (403, False)
    assert all(path.endswith("/userinfo") for path, _ in homeserver.asked[asked:])
    assert visitor.get("/now")[0] == 303


def test_a_slow_homeserver_is_not_waited_for_and_the_dashboard_goes_on(visitor, homeserver, erin):
    go_on = threading.Event()
    homeserver.answers["slow"] = lambda _: go_on.wait()

    status, _, page = by_openid(visitor, erin, homeserver.token("slow"))
    go_on.set()

    assert status == 403
    assert "does not answer now" in page


@pytest.mark.parametrize(
    "user_id", ["@erin:{server}.", "@Erin:{server}", "@\u0435rin:{server}", "@erin:evil.example"]
)
def test_an_id_that_looks_alike_lets_nobody_in_and_asks_nobody(visitor, homeserver, user_id):
    written = user_id.format(server=homeserver.name)
    homeserver.answers["alike"] = {"sub": written}
    asked = len(homeserver.asked)

    status, _, _ = by_openid(
        visitor, written, homeserver.token("alike", matrix_server_name=written.partition(":")[2])
    )

    assert status == 403
    assert len(homeserver.asked) == asked


def test_freezing_ends_a_session_at_once_and_keeps_them_out(matrix_world, visitor, homeserver):
    mod = homeserver.user("mod")
    homeserver.answers.update({"freeze-1": {"sub": mod}, "freeze-2": {"sub": mod}})
    visitor.signed_in(by_openid(visitor, mod, homeserver.token("freeze-1")))

    matrix_world.admin("POST", "/actors/freeze", {"actor": mod, "reason": "test"})
    try:
        assert visitor.get("/now")[0] == 303
        assert by_openid(Visitor(matrix_world), mod, homeserver.token("freeze-2"))[0] == 403
    finally:
        matrix_world.admin("POST", "/actors/unfreeze", {"actor": mod})


def test_a_browser_gets_a_code_and_no_session(visitor):
    status, headers, page = visitor.post("/sign-in/room", {"next": "/rooms"})

    assert (status, "set-cookie" in headers) == (200, False)
    assert CODE.search(page)
    assert headers["cache-control"] == "no-store"
    assert visitor.get("/now")[0] == 303


def test_a_code_that_nobody_wrote_lets_nobody_in(visitor):
    page = visitor.post("/sign-in/room", {})[2]
    secret, code = SECRET.search(page)[1], CODE.search(page)[1]

    status, headers, again = visitor.post("/sign-in/room/finish", {"secret": secret})

    assert (status, "set-cookie" in headers) == (403, False)
    assert "Nobody has written the code" in again
    assert CODE.search(again)[1] == code  # one goes on where one was


@pytest.mark.parametrize("path", ["/sign-in/room", "/sign-in/room/finish", "/sign-in/openid"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_another_page_signs_nobody_in(visitor, path, origin):
    status, headers, page = visitor.post(path, {"secret": "x"}, Origin=origin)

    assert (status, "set-cookie" in headers) == (403, False)
    assert not CODE.search(page)


def test_attempts_are_counted_over_all_ways_together(visitor):
    for number in range(10):
        path = ("/sign-in", "/sign-in/room", "/sign-in/room/finish", "/sign-in/openid")[number % 4]
        assert visitor.post(path, {"token": "x"})[0] != 429

    for path in ("/sign-in", "/sign-in/room", "/sign-in/room/finish", "/sign-in/openid"):
        assert visitor.post(path, {"token": "x"})[0] == 429


def test_the_session_has_a_secret_of_its_own_whatever_the_browser_brought(
    visitor, homeserver, erin
):
    """A cookie that somebody planted beforehand is of no use to them."""
    homeserver.answers["fixed"] = {"sub": erin}
    visitor.cookie = "countersign=planted-by-somebody-else-planted-by-somebody"
    planted = visitor.cookie

    visitor.signed_in(by_openid(visitor, erin, homeserver.token("fixed")))

    assert visitor.cookie != planted
    intruder = Visitor(visitor.world)
    intruder.cookie = planted
    assert intruder.get("/now")[0] == 303


def test_the_pages_where_one_signs_in_are_for_all_eyes_and_fit_a_phone(matrix_world, browser):
    context = browser.new_context(
        extra_http_headers=matrix_world.network(), reduced_motion="reduce", viewport=PHONE
    )
    page = context.new_page()
    page.goto(f"{matrix_world.url}/sign-in")
    page.locator("summary").click()
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    with page.expect_navigation():
        page.get_by_role("button", name="Get a code").press("Enter")
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.activeElement.id") == "go-on"
    context.close()


@pytest.mark.parametrize("text", FEW[::6])
def test_text_typed_at_sign_in_is_escaped(matrix_world, browser, trouble, homeserver, text):
    context = browser.new_context(extra_http_headers=matrix_world.network())
    page = context.new_page()
    trouble.watch(page, matrix_world.url)
    page.goto(f"{matrix_world.url}/sign-in")
    page.locator("summary").click()
    page.get_by_label("User ID").fill(text)
    page.get_by_label("OpenID token").fill(text)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in with it").click()
    assert page.evaluate("window.ran") == []
    assert page.get_by_role("alert").is_visible()
    context.close()


def test_without_the_setting_no_token_of_a_homeserver_signs_in(world, homeserver, erin):
    visitor = Visitor(world)

    assert by_openid(visitor, erin, homeserver.token("first"))[0] == 400
    assert "/sign-in/openid" not in visitor.get("/sign-in")[2]
