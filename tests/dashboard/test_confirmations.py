"""Confirmation by a second person: in two browsers, by the admin API, and by the command line."""

import json
import re

import pytest

from tests.dashboard.test_looks import serious_faults
from tests.dashboard.visitor import Visitor
from tests.dashboard.world import V1, World, ask, make_home_for

REFERENCE = re.compile(r"/confirmations/([0-9A-Z]{5}-[0-9A-Z]{5})")


@pytest.fixture(scope="module")
def cautious(tmp_path_factory):
    """A server whose policy and whose erasures wait for a second person."""
    made = World(
        make_home_for(tmp_path_factory.mktemp("cautious") / "home"),
        settings={"confirmations": {"policy": ["default"], "erasure": True}},
    )
    yield made
    made.close()


def lead(world, name):
    visitor = Visitor(world)
    visitor.sign_in(world.token("lead", name))
    return visitor


def mode_of(world, step="keyword"):
    steps = world.admin("GET", "/policy/show")["steps"]
    return next(each["mode"] for each in steps if each["label"] == step)


def put_into(visitor, mode):
    """Have somebody ask for another mode of a step; return the reference."""
    fields = {"step": "keyword", "mode": mode}
    status, headers, page = visitor.post("/policy/default/mode", fields)
    assert status == 303, page
    return REFERENCE.fullmatch(headers["location"])[1]


def test_one_lead_asks_another_sees_what_would_change_and_confirms(cautious):
    ann, ben = lead(cautious, "ann"), lead(cautious, "ben")

    reference = put_into(ann, "shadow")
    own = ann.get(f"/confirmations/{reference}")[2]
    assert "Nothing has changed yet" in own
    assert "Confirm: do it now" not in own
    assert ann.post(f"/confirmations/{reference}/confirm", {})[0] == 403
    assert mode_of(cautious) == "enforce"

    told = "1 command of others waits for you to confirm"
    assert told in ben.get("/now")[2]
    assert told not in ann.get("/now")[2]
    assert reference in ben.get("/confirmations")[2]
    page = ben.get(f"/confirmations/{reference}")[2]
    shown = re.sub(r"<[^>]*>", "", page)
    assert "+- mode: shadow" in shown
    assert ben.post(f"/confirmations/{reference}/confirm", {})[0] == 303
    assert mode_of(cautious) == "shadow"
    assert ben.post(f"/confirmations/{reference}/confirm", {})[0] == 404

    ann.post("/policy/default/rollback", {})  # nobody is needed to take it back
    assert mode_of(cautious) == "enforce"


def test_one_lead_takes_back_the_last_change_and_waits_for_another_to_go_further(cautious):
    ann, ben = lead(cautious, "ann"), lead(cautious, "ben")
    for mode in ("shadow", "warn"):
        ben.post(f"/confirmations/{put_into(ann, mode)}/confirm", {})
    assert mode_of(cautious) == "warn"

    assert ann.post("/policy/default/rollback", {})[1]["location"] == "/policy/default"
    assert mode_of(cautious) == "shadow"
    status, headers, _ = ann.post("/policy/default/rollback", {})

    reference = REFERENCE.fullmatch(headers["location"])[1]
    assert (status, mode_of(cautious)) == (303, "shadow")
    ben.post(f"/confirmations/{reference}/confirm", {})
    assert mode_of(cautious) == "enforce"


def test_a_moderator_sees_nothing_of_it(cautious):
    reference = put_into(lead(cautious, "ann"), "shadow")
    visitor = Visitor(cautious)
    visitor.sign_in(cautious.token("moderator"))

    assert "/confirmations" not in visitor.get("/now")[2]
    assert visitor.get("/confirmations")[0] == 403
    for end in ("confirm", "decline"):
        assert visitor.post(f"/confirmations/{reference}/{end}", {})[0] == 403
    lead(cautious, "ben").post(f"/confirmations/{reference}/decline", {})


def test_a_form_from_elsewhere_confirms_nothing(cautious):
    reference = put_into(lead(cautious, "ann"), "shadow")
    ben = lead(cautious, "ben")

    path = f"/confirmations/{reference}/confirm"
    assert ben.post(path, {}, csrf="x")[0] == 403
    assert ben.post(path, {}, Origin="https://evil.example")[0] == 403
    assert ben.get(path)[0] == 405
    assert mode_of(cautious) == "enforce"
    ben.post(f"/confirmations/{reference}/decline", {})


@pytest.mark.parametrize(
    ("path", "command"), [("privacy/erase", "privacy erase"), ("archive/purge", "archive purge")]
)
def test_the_admin_api_says_that_it_waits_and_the_command_line_confirms(cautious, path, command):
    address = (cautious.home.folder / "admin.address").read_text().strip()
    body = json.dumps({"user_id": "@gone:example.org"})
    headers = {"Authorization": f"Bearer {cautious.operator_token}"}
    url = f"http://{address}"
    status, _, answer = ask(url, "POST", f"{V1}/{path}", headers, body)
    told = json.loads(answer)

    assert (status, told["errcode"]) == (409, "ORG.COUNTERSIGN.WAITS_FOR_CONFIRMATION")
    reference = told["org.countersign.confirmation"]
    run = cautious.home.run
    listed = run("confirmations", "list")
    assert reference in listed.out
    shown = run("confirmations", "show", reference)
    assert "@gone:example.org" in shown.out
    own = run("confirmations", "confirm", reference)
    assert (own.status, "somebody else must confirm" in own.err) == (1, True)

    name = f"ops-{path.partition('/')[0]}"
    second = cautious.admin("POST", "/tokens/create", {"name": name, "role": "operator"})
    token_file = cautious.home.folder / f"{name}.token"
    token_file.write_text(second["token"])
    done = run("confirmations", "confirm", reference, COUNTERSIGN_TOKEN_FILE=str(token_file))
    assert (done.status, command in done.out) == (0, True), done.err
    assert reference not in run("confirmations", "list").out


def test_a_long_strict_raid_waits_and_the_page_is_for_all_eyes(cautious, browser):
    cleo = lead(cautious, "cleo")
    fields = {"community": "default", "strict": "on", "hours": "5", "reason": "<b>many</b>"}
    _, headers, _ = cleo.post("/raids/begin", fields)
    assert cautious.admin("GET", "/raids") == {"raids": []}

    context = browser.new_context(extra_http_headers=cautious.network(), reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{cautious.url}/sign-in")
    page.fill("#token", cautious.token("lead", "ben"))
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
    page.goto(cautious.url + headers["location"])
    assert serious_faults(page) == []
    assert page.get_by_text("<b>many</b>").is_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Confirm").click()
    assert page.get_by_text("Confirmed and done: raid on.").is_visible()
    context.close()

    (raid,) = cautious.admin("GET", "/raids")["raids"]
    assert raid["strict_until_ts"] - raid["started_ts"] == 5 * 3_600_000
    cautious.admin("POST", "/raids/end", {})
