"""Tests of redacted policy rules: removed however we learn of it, and only by those entitled to."""

import json

import pytest

from tests.blackbox import oracle
from tests.blackbox.fake_room import MEMBER, MESSAGE, POWER, FakeRoom, now_ts
from tests.blackbox.wire import Requester, assert_refused, assert_signed

RULE = "m.policy.rule.user"
REDACTION = "m.room.redaction"


class Lists:
    """A program that protects one room by one policy list; people of three servers are in both."""

    def __init__(self, program, room, rules, homes):
        self.program = program
        self.room = room
        self.rules = rules
        self.homes = homes
        self.requester = Requester(program)
        self._numbers = iter(range(1_000))

    def push(self, home, event):
        """Send an event of the list; tell whether it was taken."""
        response = self.requester.send(home, f"rule-{next(self._numbers)}-{now_ts()}", [event])
        assert response.status == 200, response.said
        (result,) = response.json["pdus"].values()
        return result == {}

    def ban(self, localpart, *, push=True):
        """Put somebody of the second homeserver on the list; return the rule."""
        first, second, _ = self.homes
        content = {"entity": second.user(localpart), "recommendation": "m.ban", "reason": "spam"}
        rule = self.rules.add_state(first, RULE, f"rule-{localpart}", content)
        if push:
            assert self.push(first, rule)
            assert not self.may_write(localpart)
        return rule

    def redaction(self, home, rule, *, sender=None):
        event_id = self.rules.id_of(rule)
        in_content = int(self.rules.version) >= 11
        return self.rules.event(
            home,
            REDACTION,
            {"redacts": event_id} if in_content else {},
            sender=sender or home.user(),
            add=None if in_content else {"redacts": event_id},
        )

    def may_write(self, localpart):
        second = self.homes[1]
        user = second.user(localpart)
        if (MEMBER, user) not in self.room.state:
            assert self.push(second, self.room.join(second, localpart))
        event = self.room.event(second, MESSAGE, sender=user)
        answer = self.requester.ask(event, second)
        if answer.status == 200:
            assert_signed(answer, self.room, event, self.program)
            return True
        assert_refused(answer)
        return False

    def check(self):
        self.program.run("rooms", "check", self.rules.room_id, "--json")
        self.program.settle()


def make_list(version, first, second, third):
    rules = FakeRoom(version, first, f"rules-{now_ts()}")
    levels = {} if rules.is_v12 else {first.user(): 100}
    rules.add_state(first, POWER, "", {"users": levels})
    rules.add_state(first, "m.room.join_rules", "", {"join_rule": "public"})
    rules.join(second, "bob")
    rules.join(third, "carol")
    for home in (first, second, third):
        home.host(rules)
    return rules


@pytest.fixture(scope="module", params=["10", "12"], ids="v{}".format)
def lists(request, make_program, make_room, join, first, second, third):
    program = make_program()
    rules = make_list(request.param, first, second, third)
    policy = {"policy-list": {"lists": [rules.room_id], "max_members_percent": 100}}
    program.write_policy({"filters": [policy]})
    room = make_room("11", program, f"listed-{now_ts()}")
    made = Lists(program, room, rules, (first, second, third))
    gone = made.ban("early", push=False)
    rules.state[RULE, gone["state_key"]] = oracle.redact(rules.version, gone)
    join(program, [room, rules])
    program.reload_policy()
    yield made
    made.requester.connection.close()


def test_a_rule_that_was_redacted_before_we_joined_is_none(lists):
    assert lists.may_write("early")


def test_a_redaction_by_who_may_takes_the_rule_back_for_good(lists):
    first, _, third = lists.homes
    rule = lists.ban("dave")

    assert lists.push(first, lists.redaction(first, rule))

    assert lists.may_write("dave")
    lists.push(third, rule)  # the same rule, once more and in full
    assert lists.may_write("dave")
    lists.program.process.stop()
    lists.program.start_and_wait()
    assert lists.may_write("dave")


def test_a_redaction_by_who_may_not_changes_nothing(lists):
    _, second, third = lists.homes
    rule = lists.ban("erin")

    lists.push(third, lists.redaction(third, rule, sender=third.user("carol")))
    lists.push(second, lists.redaction(second, rule, sender=second.user("bob")))
    lists.push(third, lists.redaction(third, rule, sender=third.user("stranger")))

    assert not lists.may_write("erin")


def test_an_altered_copy_of_a_redaction_changes_nothing(lists):
    first, _, third = lists.homes
    rule, other = lists.ban("fred"), lists.ban("gina")
    redaction = lists.redaction(first, other)
    if "redacts" in redaction:
        altered = {**redaction, "redacts": lists.rules.id_of(rule)}
    else:
        altered = {**redaction, "content": {"redacts": lists.rules.id_of(rule)}}

    lists.push(third, altered)

    assert not lists.may_write("fred")


def test_a_redaction_that_comes_before_its_rule_counts(lists):
    first = lists.homes[0]
    rule = lists.ban("hugo", push=False)
    lists.push(first, lists.redaction(first, rule))

    lists.push(first, rule)

    assert lists.may_write("hugo")


def test_an_emptied_copy_of_a_rule_takes_nothing_back(lists):
    first, _, third = lists.homes
    rule = lists.ban("ines")
    lists.push(third, oracle.redact(lists.rules.version, rule))
    assert not lists.may_write("ines")

    newer = lists.ban("ines", push=False)
    assert not lists.push(third, {**newer, "content": {}}) or lists.program.workers > 1
    assert not lists.may_write("ines")
    assert lists.push(first, newer)
    assert not lists.may_write("ines")


def test_a_rule_is_taken_back_by_empty_content(lists):
    first = lists.homes[0]
    rule = lists.ban("jane")

    assert lists.push(first, lists.rules.add_state(first, RULE, rule["state_key"], {}))

    assert lists.may_write("jane")


def test_one_server_alone_cannot_have_a_rule_seen_as_redacted(lists):
    _, _, third = lists.homes
    rule = lists.ban("karl")
    redacted = oracle.redact(lists.rules.version, rule)

    def lie(status, answer):
        pdus = [redacted if event is rule else event for event in answer["pdus"]]
        return status, {**answer, "pdus": pdus}

    third.lies["/_matrix/federation/v1/state/"] = lie
    try:
        lists.check()
    finally:
        third.lies.clear()

    assert not lists.may_write("karl")


def test_a_rule_redacted_while_we_were_away_is_found(lists):
    rule = lists.ban("lisa")
    lists.rules.state[RULE, rule["state_key"]] = oracle.redact(lists.rules.version, rule)

    lists.check()

    assert lists.may_write("lisa")
    (room,) = (
        each
        for each in json.loads(lists.program.run("rooms", "list", "--json"))
        if each["room_id"] == lists.rules.room_id
    )
    assert room["alerts"] == []
