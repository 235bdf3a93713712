"""A moderator's tasks with the command line alone, against a running server."""

import json
import re

import pytest

from tests.cli.running_server import PEER, put_in_room

ALICE = PEER.user()


@pytest.mark.parametrize(
    "command",
    [
        ("rooms", "list"),
        ("rooms", "join", "!a:example.org", "--via", "example.org"),
        ("lists", "show"),
        ("leaks", "banked"),
        ("policy", "status"),
    ],
)
def test_commands_that_need_a_server_say_how_to_start_one(home, command):
    done = home.run(*command)

    assert done.status == 1
    assert "Start it with: countersign serve" in done.err


@pytest.mark.parametrize("lasts", ["", "2", "2w", "-1h", "0h", "9999999d"])
def test_an_invalid_duration_is_reported(home, lasts):
    done = home.run("raid", "on", f"--for={lasts}")

    assert done.status == 2
    assert "write 30m, 2h or 7d" in done.err


class TestWithAServer:
    @pytest.fixture
    def home(self, home):
        put_in_room(home)
        home.refuse_words("watches")
        return home

    @pytest.fixture
    def server(self, home, start):
        return start(home)

    def refused(self, server, body, depth):
        status, answer = server.ask(body, depth=depth)
        assert status == 400
        return answer["error"], json.dumps(answer)

    def test_a_refusal_is_explained_and_allowed(self, home, server):
        error, answer = self.refused(server, "cheap watches", 10)
        (decision,) = json.loads(home.run("decisions", "list", "--json").out)
        reference = decision["reference"]

        why = home.run("decisions", "why", reference).out
        allowed = home.run("decisions", "allow", reference, "--for", "2h")
        again, _ = server.ask("cheap watches", depth=11)
        other, _ = server.ask("other watches", depth=12)

        assert "No adverts, please." in error
        assert "watches" not in answer
        assert "keyword refuses it" in why
        assert "The sender was trusted as: moderator" in why
        assert f"countersign decisions allow --config {home.config} {reference}\n" in why
        assert allowed.status == 0
        assert "may send it again until" in allowed.out
        assert (again, other) == (200, 400)
        stats = json.loads(home.run("decisions", "stats", "--json").out)
        (step,) = stats["steps"]
        assert stats["decisions"] == 3
        assert (step["step"], step["refused"], step["spared"]) == ("keyword", 2, 1)
        assert step["allowed"] == 1
        assert (
            f"allowed as {reference}"
            in home.run(
                "decisions",
                "why",
                json.loads(home.run("decisions", "list", "--json").out)[1]["event_id"],
            ).out
        )

    def test_an_allowance_outlives_a_restart(self, home, start):
        server = start(home)
        self.refused(server, "cheap watches", 10)
        (decision,) = json.loads(home.run("decisions", "list", "--json").out)
        assert home.run("decisions", "allow", decision["reference"]).status == 0
        server.kill()

        status, _ = start(home).ask("cheap watches", depth=11)

        assert status == 200

    def test_a_decision_that_cannot_be_allowed_is_reported(self, home, server):
        server.ask("hello", depth=10)
        (decision,) = json.loads(home.run("decisions", "list", "--json").out)

        signed = home.run("decisions", "allow", decision["reference"])
        unknown = home.run("decisions", "allow", "AAAAA-AAAAA")

        assert (signed.status, unknown.status) == (1, 1)
        assert "was signed; there is nothing to allow" in signed.err
        assert "No decision is known by" in unknown.err

    def test_trust_is_shown_given_and_taken_away(self, home, server):
        before = json.loads(home.run("trust", "show", ALICE, "--json").out)
        assert before["level"] == "new"
        (standing,) = before["rooms"].values()
        assert standing == {"level": "moderator", "because": "has power level 100"}

        given = home.run("trust", "set", ALICE, "banned", "--for", "1h", "--reason", "sold watches")
        refused, _ = server.ask("hello", depth=10)
        listed = home.run("trust", "list").out
        taken = home.run("trust", "unset", ALICE)
        signed, _ = server.ask("hello", depth=11)

        assert "a moderator said so: sold watches" in given.out
        assert (refused, signed) == (400, 200)
        assert ALICE in listed
        assert taken.status == 0
        assert "Nobody was given a level." in home.run("trust", "list").out

    def test_a_raid_is_begun_shown_and_ended(self, home, server):
        assert "No community is in a raid." in home.run("raid", "status").out

        begun = home.run("raid", "on", "--for", "2h", "--because", "spam wave")
        shown = home.run("raid", "status").out
        ended = home.run("raid", "off")

        assert begun.status == ended.status == 0
        assert "because: spam wave" in shown
        assert "raid mode ended" in ended.out
        assert home.run("raid", "off").status == 1

    @pytest.mark.parametrize(
        ("command", "note"),
        [
            (("raid", "on"), "No step of this community's policy depends on raid mode"),
            (("raid", "status"), "No step of this community's policy depends on raid mode"),
            (("trust", "show", ALICE), "No step of this community's policy depends on trust"),
            (("trust", "set", ALICE, "new"), "No step of this community's policy depends on trust"),
            (("trust", "unset", ALICE), "No step of this community's policy depends on trust"),
        ],
    )
    def test_a_measure_that_no_step_uses_is_said_to_change_nothing(
        self, home, server, command, note
    ):
        home.run("raid", "on")
        said = home.run(*command)
        as_json = home.run(*command, "--json")

        assert said.status == as_json.status == 0
        assert note in said.err
        assert note in as_json.err
        answer = json.loads(as_json.out)
        answer = answer[0] if isinstance(answer, list) else answer
        assert (answer["steps"], answer["note"][: len(note)]) == ([], note)

    @pytest.mark.parametrize(
        ("rule", "can_write"),
        [("raid.is_on", True), ("raid.is_on || raid.is_strict", False)],
    )
    def test_strict_raid_mode_says_if_newcomers_can_still_write(
        self, home, server, rule, can_write
    ):
        home.policy.write_text(f"rules: [{{name: raid, when: {rule}, refuse: true}}]\n")
        assert home.run("policy", "reload").status == 0

        said = home.run("raid", "on", "--strict")
        shown = home.run("raid", "status")

        for done in (said, shown):
            assert done.status == 0
            assert ("newcomers may not write until" in done.out) is not can_write
            assert ("refuses newcomers in strict raid mode" in done.err) is can_write

    def test_only_strict_raid_mode_can_be_limited_to_those_who_came_lately(self, home, server):
        home.policy.write_text("preset: newcomer-safe\n")
        assert home.run("policy", "reload").status == 0

        refused = home.run("raid", "on", "--came-within", "30m")
        before = home.run("raid", "status")
        begun = home.run("raid", "on", "--strict", "--came-within", "30m")

        assert refused.status == 1
        assert "make it strict (tick Strict, or give --strict" in refused.err
        assert "No community is in a raid." in before.out
        assert begun.status == 0
        assert re.search(r"newcomers since \S+ \S+ UTC may not write until", begun.out)

    def test_a_ban_always_counts_and_is_said_to(self, home, server):
        banned = home.run("trust", "set", ALICE, "banned")

        assert banned.err == ""
        assert server.ask("hello", depth=10)[0] == 400

    def test_steps_that_the_guard_can_never_drop_are_named(self, home, start):
        home.policy.write_text("filters: [user-id]")
        server = start(home)
        assert "default: No step of this community's policy can be dropped" in (
            home.run("guard", "list").err
        )

        home.policy.write_text("filters: [reaction]\nguard: {is_on: false}")
        server.hang_up()
        server.wait_for_log("policy in force")
        assert "The guard is switched off" in home.run("guard", "list", "--json").err

    def test_the_policy_of_init_depends_on_all_of_it(self, pristine, home, server):
        home.policy.write_text((pristine / "policy.yaml").read_text())
        server.hang_up()
        server.wait_for_log("policy in force")

        raid = home.run("raid", "on", "--json")
        trust = home.run("trust", "set", ALICE, "new", "--json")
        guard = home.run("guard", "list")

        assert (raid.err, trust.err, guard.err) == ("", "", "")
        assert {"raid", "suspect-rate"} <= set(json.loads(raid.out)["steps"])
        assert "newcomer-links" in json.loads(trust.out)["steps"]

    def test_communities_and_steps_that_are_not_there_are_said_so(self, home, server):
        strange = home.run("trust", "show", ALICE, "--community", "nowhere")
        step = home.run("guard", "restore", "keyword")

        assert "There is no community 'nowhere'; there is default." in strange.err
        assert "The step keyword of default is not dropped." in step.err
        assert "No filter was dropped." in home.run("guard", "list").out
