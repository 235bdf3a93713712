"""Moderators of real homeservers sign in to the dashboard; without power they lose access."""

import html
import json
import re

import pytest
from examples.demo.loopback import free_port, wait_until

from tests.dashboard.test_matrix_sign_in import CODE, SECRET
from tests.dashboard.visitor import Visitor
from tests.dashboard.world import ask
from tests.journeys.test_management_room import Office

pytestmark = pytest.mark.journey

NUMBER = re.compile(r"!cs sign-in (\d{6})")


class Dashboard:
    """The dashboard of the policy server, as `Visitor` needs to know of it."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self._networks = 0

    def network(self):
        """Return headers by which a visitor comes from a network of their own."""
        self._networks += 1
        return {"X-Forwarded-For": f"11.0.{self._networks}.1"}

    def ask(self, method="GET", path="/", headers=None, body=None):
        return ask(self.url, method, path, headers or {}, body)


@pytest.fixture(scope="module")
def office(policy_server, alice, bob, carol):
    """Alice's management room: Bob may ban there, Carol may nothing."""
    room_id = alice.create_room("11", name="Office", preset="private_chat")
    for person in (bob, carol):
        alice.invite(room_id, person.user_id)
        person.join(room_id, alice.server_name)
    put_levels(alice, room_id, {alice.user_id: 100, bob.user_id: 50})
    port = free_port()
    policy_server.change_settings(
        management_room=room_id,
        dashboard={"listen": {"address": "127.0.0.1", "port": port}, "openid": True},
        limits={"trusted_proxies": ["127.0.0.1/32"]},
    )
    alice.invite(room_id, policy_server.user_id)
    for person in (alice, bob, carol):
        person.wait_for_membership(room_id, policy_server.user_id, "join")
    made = Office(room_id, policy_server)
    made.dashboard = Dashboard(port)
    return made


def put_levels(alice, room_id, users):
    levels = alice.state(room_id, "m.room.power_levels")
    levels["users"] = users
    levels["events"] = {**levels.get("events", {}), "m.room.power_levels": 100}
    alice.set_state(room_id, "m.room.power_levels", levels)


def approve(office, person):
    """Have a person write the code of a new browser; return it, what it sends, and the answer."""
    visitor = Visitor(office.dashboard)
    page = visitor.post("/sign-in/room", {})[2]
    answer = office.ask(person, f"!cs sign-in {CODE.search(page)[1]}")
    return visitor, {"secret": SECRET.search(page)[1], "shown": "number"}, answer


def number_in(visitor, fields):
    """Return the number that a browser shows; None while it shows none."""
    page = visitor.post("/sign-in/room/finish", {"secret": fields["secret"]})[2]
    found = NUMBER.search(page)
    return None if found is None else found[1]


def sign_in(office, person):
    """Sign a person in by a code and a number; return them as a visitor, and the answer."""
    visitor, fields, answer = approve(office, person)
    number = number_in(visitor, fields)
    if number is None:
        return visitor, answer
    assert number not in answer
    assert "may act in your name" in office.ask(person, f"!cs sign-in {number}")
    visitor.signed_in(visitor.post("/sign-in/room/finish", fields))
    return visitor, answer


def test_a_code_in_the_room_signs_in_until_the_power_is_gone(
    office, policy_server, alice, bob, carol
):
    bobs, answer = sign_in(office, bob)
    assert "with your role (moderator)" in answer
    assert bob.user_id in html.unescape(bobs.get("/now")[2])
    assert bobs.get("/audit")[0] == 403  # leads have it

    nobodys, answer = sign_in(office, carol)
    assert "no role here" in answer
    assert nobodys.get("/now")[0] == 303

    entries = json.loads(policy_server.run("audit", "list", "--json"))
    signed_in = {each["actor"] for each in entries if each["command"] == "dashboard sign-in"}
    assert signed_in == {bob.user_id}

    put_levels(alice, office.room_id, {alice.user_id: 100})
    wait_until(lambda: bobs.get("/now")[0] == 303, "Bob's session ends with his power")
    put_levels(alice, office.room_id, {alice.user_id: 100, bob.user_id: 50})


def test_losing_power_during_sign_in_prevents_a_session(office, alice, bob):
    bobs, _ = sign_in(office, bob)
    visitor, fields, _ = approve(office, bob)
    office.ask(bob, f"!cs sign-in {number_in(visitor, fields)}")

    put_levels(alice, office.room_id, {alice.user_id: 100})
    wait_until(lambda: bobs.get("/now")[0] == 303, "Bob's other session ends")
    status, headers, page = visitor.post("/sign-in/room/finish", fields)
    put_levels(alice, office.room_id, {alice.user_id: 100, bob.user_id: 50})

    assert (status, "set-cookie" in headers) == (403, False)
    assert "has no role here any more" in page


def test_a_fellow_moderator_who_reads_the_room_gets_in_as_nobody_else(office, alice, bob):
    """Bob has a browser of his own, and talks Alice into writing its code."""
    bobs, fields, answer = approve(office, alice)

    assert "If somebody else gave you the code" in answer
    assert bobs.post("/sign-in/room/finish", fields)[0] == 403
    number = number_in(bobs, fields)
    assert "No browser" in office.ask(bob, f"!cs sign-in {number}")
    assert bobs.post("/sign-in/room/finish", fields)[0] == 403
    assert "Signed out" in office.ask(alice, "!cs sign-out")
    assert "has ended" in bobs.post("/sign-in/room/finish", fields)[2]


def test_sessions_outlive_a_restart_and_signing_out_does_too(office, policy_server, alice):
    first, _ = sign_in(office, alice)
    policy_server.change_settings()
    assert first.get("/audit")[0] == 200

    assert "Signed out" in office.ask(alice, "!cs sign-out")
    policy_server.change_settings()
    assert first.get("/now")[0] == 303


def test_signing_out_in_the_room_ends_every_session(office, alice):
    first, _ = sign_in(office, alice)
    second, _ = sign_in(office, alice)
    assert first.get("/audit")[0] == second.get("/audit")[0] == 200

    assert "Signed out" in office.ask(alice, "!cs sign-out")

    assert first.get("/now")[0] == second.get("/now")[0] == 303


def test_a_token_of_a_real_homeserver_signs_in_and_an_access_token_does_not(office, alice, carol):
    def openid_of(person):
        path = f"/user/{person.user_id}/openid/request_token"
        return person.request("POST", path, {})

    def post(token, user_id=alice.user_id):
        fields = {"user_id": user_id, "openid": json.dumps(token)}
        return Visitor(office.dashboard).post("/sign-in/openid", fields)

    alices = Visitor(office.dashboard)
    token = openid_of(alice)
    alices.signed_in(
        alices.post("/sign-in/openid", {"user_id": alice.user_id, "openid": json.dumps(token)})
    )
    assert alices.get("/audit")[0] == 200

    assert post(token)[0] == 403
    assert post({**token, "access_token": alice.access_token})[0] == 403
    carols = openid_of(carol)
    assert post(carols, carol.user_id)[0] == 403
    assert post({**carols, "matrix_server_name": alice.server_name})[0] == 403
