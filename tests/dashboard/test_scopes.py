"""No page shows or changes another community's data."""

import re
from itertools import product
from urllib.parse import quote

import pytest

from tests.cli.running_server import ROOM_ID
from tests.dashboard.visitor import Visitor
from tests.dashboard.world import ADVERT

SECRET = "secretsender"
GETS = (
    "/decisions/{reference}",
    "/decisions/{event}",
    "/decisions?q={sender}",
    "/decisions?q={room}",
    "/decisions?verdict=refuse&step=keyword",
    "/incidents/{reference}",
    "/appeals/{reference}",
    "/review?item={reference}",
    "/rooms/{room}",
    "/people/{sender}?community=default",
    "/people/{sender}",
    "/filters?days=7&community=default",
    "/filters?days=7&room={room}",
    "/policy/default",
    "/policy/default?revision={revision}",
    "/policy/default/edit",
    "/trials/{job}",
    "/audit?community=default",
    "/audit?actor=operator",
    "/audit/undo?by=operator&since=1",
    "/now",
    "/review",
    "/rooms",
    "/people",
    "/raids",
    "/leaks",
    "/indicators",
    "/appeals",
    "/policy",
    "/keys",
    "/settings",
    "/privacy",
    "/confirmations",
    "/confirmations/{waiting}",
    "/incidents/{event}",
    "/appeals/{event}",
    "/review?item={event}",
    "/review?community=default",
    "/appeals?community=default",
    "/indicators?community=default",
    "/people?community=default",
    "/decisions?community=default",
    "/decisions?outcome=spam",
    "/decisions?hours=168&verdict=sign",
    "/decisions?q={reference}&room={room}",
    "/filters?days=30&community=default&room={room}",
    "/audit?community=%2A",
    "/rooms/protect?room={room}",
)
POSTS = (
    ("/decisions/{reference}/allow", {"hours": "1"}),
    ("/decisions/{event}/allow", {"hours": "1"}),
    ("/decisions/{reference}/spam", {"reason": "x"}),
    ("/decisions/{reference}/not-spam", {}),
    ("/review/{reference}/decide", {"answer": "allow"}),
    ("/review/{reference}/decide", {"answer": "spam"}),
    ("/review/{reference}/take", {}),
    ("/review/{reference}/hand-over", {"note": "x"}),
    ("/appeals/{reference}/decide", {"answer": "granted"}),
    ("/appeals/{reference}/note", {"text": "x"}),
    ("/people/trust", {"user_id": "{sender}", "level": "trusted", "community": "default"}),
    ("/people/unmute", {"user_id": "{sender}", "community": "default"}),
    ("/people/many", {"user_ids": "{sender}", "community": "default"}),
    ("/people/many", {"incident": "{reference}", "do": "begin"}),
    ("/people/many", {"incident": "{reference}", "do": "end"}),
    ("/raids/begin", {"community": "default"}),
    ("/raids/end", {"community": "default"}),
    ("/raids/restore", {"community": "default", "step": "keyword"}),
    ("/indicators/add", {"community": "default", "indicator": "https://x.example/"}),
    ("/indicators/remove", {"community": "default", "indicator": "https://bad.example/"}),
    ("/rooms/{room}/check", {}),
    ("/rooms/{room}/protect", {}),
    ("/rooms/{room}/leave", {"force": "on"}),
    ("/policy/default/check", {"document": "filters: [depth]"}),
    ("/decisions/{reference}/allow", {"hours": "1", "here": "on"}),
    ("/policy/default/test", {"document": "filters: [depth]"}),
    ("/policy/default/activate", {"document": "filters: [depth]"}),
    ("/policy/default/rollback", {"to": ""}),
    ("/policy/default/mode", {"step": "keyword", "mode": "shadow"}),
    ("/policy/default/try", {"document": "filters: [depth]"}),
    ("/policy/default/try-word", {"word": "x"}),
    ("/trials/{job}/cancel", {}),
    ("/audit/undo", {"by": "operator", "since": "1"}),
    ("/confirmations/{waiting}/confirm", {}),
    ("/confirmations/{waiting}/decline", {}),
    ("/decisions/{event}/spam", {}),
    ("/appeals/{event}/decide", {"answer": "granted"}),
    ("/privacy/export-room", {"room_id": "{room}"}),
    ("/privacy/erase-room", {"room_id": "{room}", "again": "{room}"}),
    ("/privacy/export", {"user_id": "{sender}"}),
    ("/privacy/erase", {"user_id": "{sender}", "again": "{sender}"}),
    ("/privacy/erase-room", {"room_id": "{room}", "again": "{room}"}),
)
WAYS = ({}, {"HX-Request": "true"})
"""Headers of requests by a person's click, and by a page's script."""
ROLES = ("read", "junior", "moderator", "lead")


@pytest.fixture(scope="module")
def theirs(world):
    """Return names of what belongs to the default community, with something behind each."""
    reference = world.refuse(f"{ADVERT} {SECRET}", SECRET)
    world.appeal(reference, SECRET)
    sender = f"@{SECRET}:example.org"
    world.admin("POST", "/trust", {"user_id": sender, "level": "untrusted", "reason": SECRET})
    world.admin("POST", "/indicators/add", {"indicator": "https://bad.example/"})
    job = world.admin("POST", "/backtests/start", {"document": "filters: [depth]"})["job"]
    found = world.admin("GET", f"/decisions/show?reference={reference}")["decisions"][0]
    revision = world.admin("GET", "/policy/show")["revision"]
    return {
        "reference": reference,
        "event": found["event_id"],
        "sender": sender,
        "room": ROOM_ID,
        "revision": revision,
        "job": job,
        "waiting": world.ask_for_long_raid(SECRET),
    }


@pytest.fixture(scope="module")
def strangers(world):
    """Return somebody with each role in another community."""
    found = []
    for role in ROLES:
        visitor = Visitor(world)
        visitor.sign_in(world.token(role, f"{role}-elsewhere", "elsewhere"))
        found.append(visitor)
    return found


def state_of(world):
    """Return all that moderators of the default community can change."""
    return [
        world.admin("GET", path)
        for path in (
            "/policy/history",
            "/trust/given?community=default",
            "/raids",
            "/indicators?community=default",
            "/appeals?community=default",
            "/rooms",
            "/confirmations",
        )
    ]


def test_there_are_enough_attempts():
    assert len(ROLES) * (len(GETS) * len(WAYS) + len(POSTS)) >= 500


def test_no_page_shows_anything_of_another_community(theirs, strangers):
    for visitor, path, headers in product(strangers, GETS, WAYS):
        asked = path.format(**{name: quote(value, safe="") for name, value in theirs.items()})
        status, _, page = visitor.get(asked, **headers)

        assert status < 500
        # What was asked for comes back in the words of the answer, and nothing else.
        rest = page
        for value in theirs.values():
            rest = rest.replace(value, "").replace(quote(value, safe=""), "")
        rest = rest.replace("&#34;", '"')
        for secret in (SECRET, ADVERT, "Lobby", theirs["reference"], "bad.example"):
            assert secret not in rest, (path, secret)


def test_no_form_changes_anything_of_another_community(world, theirs, strangers):
    before = state_of(world)
    for visitor, (path, fields) in product(strangers, POSTS):
        names = {name: quote(value, safe="") for name, value in theirs.items()}
        sent = {name: value.format(**theirs) for name, value in fields.items()}
        status, headers, page = visitor.post(path.format(**names), sent)

        # Undoing finds nothing to undo, which is no refusal.
        is_refused = status in (400, 403, 404)
        assert is_refused or (status == 303 and path == "/audit/undo"), (path, status, headers)
        assert SECRET not in page.replace(theirs["sender"], "")

    assert state_of(world) == before
    assert world.refuse(f"{ADVERT} {SECRET}", SECRET)


def test_an_object_of_others_answers_as_if_it_did_not_exist(theirs, strangers):
    pairs = (
        ("/decisions/{}", theirs["reference"], "ZZZZZ-ZZZZZ"),
        ("/incidents/{}", theirs["reference"], "ZZZZZ-ZZZZZ"),
        ("/appeals/{}", theirs["reference"], "ZZZZZ-ZZZZZ"),
        ("/rooms/{}", ROOM_ID, "!nowhere:example.org"),
        ("/policy/{}", "default", "nowhere"),
        ("/trials/{}", theirs["job"], "0123456789abcdef"),
        ("/confirmations/{}", theirs["waiting"], "ZZZZZ-ZZZZZ"),
    )
    for visitor, (path, there, nowhere) in product(strangers, pairs):
        answers = []
        for name in (there, nowhere):
            status, _, page = visitor.get(path.format(quote(name, safe="")))
            shown = re.sub(r'nonce="[^"]*"|value="[^"]*"|<time.*?</time>', "", page)
            answers.append((status, shown.replace(name, "").replace(quote(name, safe=""), "")))

        assert answers[0] == answers[1], path
