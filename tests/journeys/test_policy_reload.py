"""A changed policy applies from the next event on, without a restart."""

import pytest
from examples.demo.loopback import wait_until
from examples.demo.matrix_client import MatrixError

from tests.journeys.rooms import assert_quiet_passage, refusal_of

pytestmark = pytest.mark.journey


@pytest.mark.any_room_version
def test_a_new_word_is_refused_and_a_bad_file_changes_nothing(
    room, policy_server, policy, alice, bob
):
    def is_refused():
        try:
            alice.say(room.room_id, "gobbledygook")
        except MatrixError:
            return True
        return False

    assert not is_refused()
    new = {"filters": [{"keyword": {"words": ["gobbledygook"]}, "says": "Plain words, please."}]}
    policy_server.write_policy(new)
    try:
        policy_server.reload_policy()
        wait_until(is_refused, "the new policy holds")

        policy_server.policy.write_text("filters: [{no-such-filter: {}}]")
        policy_server.reload_policy()

        assert_quiet_passage(room, alice, bob)
        refusal = refusal_of(lambda: alice.say(room.room_id, "gobbledygook"))
        assert "Plain words, please." in refusal.error
    finally:
        policy_server.write_policy(policy)
        policy_server.reload_policy()
        wait_until(lambda: not is_refused(), "the first policy holds again")
