"""A policy rule redacted on a real homeserver no longer blocks the user it named."""

import pytest
from examples.demo.loopback import wait_until
from examples.demo.matrix_client import MatrixError

pytestmark = pytest.mark.journey


def test_a_rule_redacted_on_a_real_homeserver_is_gone(make_room, policy_server, policy, alice, bob):
    room_id = make_room("12").room_id
    list_id = alice.create_room("12", name="The list")
    policy_server.join(list_id, alice.server_name)
    lists = {"policy-list": {"lists": [list_id]}}
    policy_server.write_policy({"filters": [*policy["filters"], lists]})
    policy_server.reload_policy()
    try:
        rule = {"entity": bob.user_id, "recommendation": "m.ban", "reason": "by mistake"}
        rule_id = alice.set_state(list_id, "m.policy.rule.user", rule, state_key="bob")
        wait_until(lambda: not may_write(bob, room_id), "Bob is kept from writing")

        alice.redact(list_id, rule_id, "that was a mistake")

        wait_until(lambda: may_write(bob, room_id), "Bob may write again")
    finally:
        policy_server.write_policy(policy)
        policy_server.reload_policy()
        policy_server.run("rooms", "leave", list_id)


def may_write(user, room_id):
    try:
        user.say(room_id, "is anybody there?")
    except MatrixError:
        return False
    return True
