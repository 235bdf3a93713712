"""Tests that a few accounts, or one server, cannot turn automatic measures against others."""

import json
import time

import pytest
from examples.demo.loopback import wait_until

from tests.blackbox import oracle
from tests.blackbox.fake_room import MESSAGE, POWER, FakeRoom, now_ts
from tests.blackbox.program import SAYS, SPAM
from tests.blackbox.wire import Requester, assert_refused, assert_signed

AT_ONCE = {
    "member_after_hours": 0,
    "member_accepted_events": 1,
    "trusted_after_days": 0,
    "trusted_active_days": 0,
    "trusted_accepted_events": 2,
}
RAID_SAYS = "Newcomers can read only for a while."
RULE = "m.policy.rule.user"


class Community:
    """A program of its own with one room, in which people of several homeservers write."""

    def __init__(self, program, room, homes):
        self.program = program
        self.room = room
        self.homes = homes
        self.requester = Requester(program)
        self._homes_of = {}

    def come(self, home, localpart):
        """Have somebody join, asked about by their own server and then sent to us."""
        event = self.room.join(home, localpart)
        answer = self.requester.ask(event, home)
        self.push(home, event)
        return answer

    def push(self, home, event):
        txn_id = f"txn-{now_ts()}-{id(event)}"
        response = self.requester.send(home, txn_id, [event])
        event_id = oracle.event_id_of(self.room.version, event)
        assert response.json["pdus"] == {event_id: {}}, response.said

    def write(self, home, localpart, body=None, *, push=False):
        """Have somebody write; return the event and the answer."""
        content = {"msgtype": "m.text", "body": body or f"hello {time.monotonic_ns()}"}
        event = self.room.event(home, MESSAGE, content, sender=home.user(localpart))
        answer = self.requester.ask(event, home)
        if push:
            self.push(home, event)
        return event, answer

    def is_signed(self, home, localpart, body=None):
        event, answer = self.write(home, localpart, body)
        if answer.status == 200:
            assert_signed(answer, self.room, event, self.program)
            return True
        assert_refused(answer)
        return False

    def follow_policy(self, policy):
        """Change the policy, and wait until it is in force."""
        before = self.revision()
        self.program.write_policy(policy)
        self.program.reload_policy()
        wait_until(lambda: self.revision() != before, "the policy is in force", timeout_seconds=10)

    def revision(self):
        return self.program.run("policy", "status", "--json")

    def dropped(self):
        self.program.settle()
        return [each["step"] for each in json.loads(self.program.run("guard", "list", "--json"))]


@pytest.fixture(scope="module")
def make_community(make_program, make_room, first, second, third, join):
    """Return a maker of communities."""
    made = []

    def make(name, policy):
        program = make_program()
        program.write_policy(policy)
        room = make_room("11", program, f"{name}-{now_ts()}")
        join(program, [room])
        community = Community(program, room, (first, second, third))
        made.append(community)
        program.reload_policy()
        return community

    yield make
    for community in made:
        community.requester.connection.close()


def keywords(*words, **others):
    return {
        "filters": [{"keyword": {"words": list(words)}, "says": SAYS}],
        "trust": AT_ONCE,
        **others,
    }


@pytest.fixture(scope="module")
def listed(first):
    """A policy list that names a person of the third homeserver."""
    room = FakeRoom("11", first, f"list-{now_ts()}")
    room.add_state(first, POWER, "", {"users": {first.user(): 100}})
    room.add_state(first, "m.room.join_rules", "", {"join_rule": "public"})
    return first.host(room)


@pytest.fixture(scope="module")
def guarded(make_community, listed, first, second, third):
    lists = {"policy-list": {"lists": [listed.room_id], "max_members_percent": 100}}
    community = make_community("guard", keywords(SPAM))
    for number in range(4):
        banned = third.user(f"sold{number}")
        content = {"entity": banned, "recommendation": "m.ban", "reason": "spam"}
        listed.add_state(first, RULE, f"rule{number}", content)
    community.program.join(listed.room_id, first.server_name)
    policy = keywords(SPAM)
    policy["filters"].append(lists)
    community.policy = policy
    return community


def known(community, *people):
    for home, localpart in people:
        if localpart not in ("alice", "bob", "carol"):
            community.come(home, localpart)
        for _ in range(3):
            assert community.is_signed(home, localpart)


def test_accounts_of_one_server_drop_nothing_though_the_community_trusts_them(guarded, third):
    people = [(third, f"sleeper{number}") for number in range(6)]
    known(guarded, *people)
    guarded.follow_policy({**guarded.policy, "filters": [*guarded.policy["filters"], "reaction"]})

    for _ in range(3):
        for home, localpart in people:
            assert not guarded.is_signed(home, localpart, f"{SPAM} {localpart} {now_ts()}")

    assert guarded.dropped() == []


def test_those_whom_a_policy_list_names_drop_neither_the_list_nor_anything_else(
    guarded, first, second, third
):
    known(guarded, (first, "alice"), (second, "bob"), (third, "carol"))
    people = [(third, f"sold{number}") for number in range(4)]
    for home, localpart in people:
        guarded.come(home, localpart)

    for _ in range(3):
        for home, localpart in people:
            assert not guarded.is_signed(home, localpart)
            assert not guarded.is_signed(home, localpart, f"{SPAM} {now_ts()}")

    assert guarded.dropped() == []


def test_a_mistake_in_the_policy_is_still_caught_and_everybody_is_told(
    guarded, first, second, third
):
    guarded.follow_policy({**guarded.policy, **keywords("hello", SPAM)})
    honest = [(first, "alice"), (second, "bob"), (third, "carol")]

    assert not any(guarded.is_signed(home, localpart) for home, localpart in honest)

    assert guarded.dropped() == ["keyword"]
    assert all(guarded.is_signed(home, localpart) for home, localpart in honest)
    assert "had keyword only record" in guarded.program.run("rooms", "list")
    log = (guarded.program.directory / "countersign.log").read_text()
    assert "a filter refused too many people and was dropped to shadow" in log


def test_a_restored_step_is_not_dropped_again(guarded, first, second, third):
    guarded.program.run("guard", "restore", "keyword")
    guarded.program.settle()
    honest = [(first, "alice"), (second, "bob"), (third, "carol")]

    for _ in range(2):
        assert not any(guarded.is_signed(home, localpart) for home, localpart in honest)

    assert guarded.dropped() == []


def test_people_trusted_only_after_the_change_do_not_count(make_community, first, second, third):
    community = make_community("late", keywords(SPAM))
    community.follow_policy(keywords(SPAM, "another word"))
    late = [(first, "xavier"), (second, "yves"), (third, "zoe")]
    known(community, *late)

    for _ in range(3):
        assert not any(community.is_signed(*each, f"{SPAM} {now_ts()}") for each in late)

    assert community.dropped() == []


@pytest.fixture(scope="module")
def raided(make_community):
    return make_community(
        "raid",
        {
            "filters": [{"keyword": {"words": [SPAM]}, "says": SAYS}],
            "rules": [{"name": "raid", "when": "raid.is_on", "refuse": RAID_SAYS,
                       "applies_to": "new"}],
            "raid": {"automatic": True, "joins": 10, "refused_senders": 6, "per_seconds": 120},
        },
    )  # fmt: skip


def raids(community):
    community.program.settle()
    return json.loads(community.program.run("raid", "status", "--json"))


def test_joins_alone_silence_nobody(raided, second, third):
    for number in range(12):
        raided.come(third, f"raider{number}")
    raided.come(second, "dave")

    assert raids(raided) == []
    assert raided.is_signed(second, "dave")
    assert raided.is_signed(third, "raider1")


def test_rules_that_refuse_begin_no_raid(raided, third):
    for number in range(8):
        assert not raided.is_signed(third, f"raider{number}", f"{SPAM} {number} {now_ts()}")

    assert raids(raided) == []


def test_a_raid_is_refused_and_newcomers_of_its_server_write_on(raided, second, third):
    raided.come(third, "erin")
    line = "you have been raided by crow {}, everybody leave this room tonight for good"
    signed = [
        raided.is_signed(third, f"raider{number}", line.format(number)) for number in range(12)
    ]

    (raid,) = raids(raided)
    assert list(raid["domains"]) == [third.address]
    assert signed[:3] == [True] * 3
    assert not any(signed[3:])
    assert raided.is_signed(third, "erin", "does anybody know when the next release comes out?")
    assert raided.is_signed(second, "dave", "what is going on here, who are all these people?")


@pytest.fixture(scope="module")
def muted(make_community):
    shared = {"event-rate": {"per": "room", "max_events": 4, "per_seconds": 2}}
    silence = {"silence": {"after_refusals": 2, "silence_seconds": 600}}
    warned = {"name": "warned", "keyword": {"words": ["casino"]}, "mode": "warn"}
    refused = {"keyword": {"words": [SPAM]}, "says": SAYS, "kind": "evidence"}
    return make_community("mutes", {"filters": [shared, silence, warned, refused]})


def test_using_up_a_shared_rate_mutes_nobody(muted, second, third):
    for _ in range(6):
        muted.write(third, "carol")
    for _ in range(4):
        muted.write(second, "bob")
    time.sleep(2.2)  # until the rate of the room is there again

    assert muted.is_signed(second, "bob")


def test_a_warning_and_an_allowance_are_one_senders_alone(muted, first, second):
    time.sleep(2.2)
    assert not muted.is_signed(first, "alice", "casino")
    assert not muted.is_signed(second, "bob", "casino")
    assert muted.is_signed(first, "alice", "casino")
    time.sleep(2.2)

    assert not muted.is_signed(first, "alice", f"{SPAM} again")
    (decision,) = json.loads(muted.program.run("decisions", "list", "--limit", "1", "--json"))
    muted.program.run("decisions", "allow", decision["reference"])
    muted.program.settle()
    assert muted.is_signed(first, "alice", f"{SPAM} again")
    assert not muted.is_signed(second, "bob", f"{SPAM} again")


def test_a_mute_outlives_a_restart_and_is_of_one_sender_alone(muted, first, third):
    time.sleep(2.2)
    for number in range(2):
        assert not muted.is_signed(third, "carol", f"{SPAM} {number}")
    assert not muted.is_signed(third, "carol", "hello")
    muted.requester.connection.close()
    muted.program.process.stop()
    muted.program.start_and_wait()
    muted.requester = Requester(muted.program)

    assert not muted.is_signed(third, "carol", "hello again")
    assert muted.is_signed(first, "alice", "hello again")


def test_power_in_one_room_is_no_trust_of_the_whole_community(make_community, first, second, third):
    """A room's creator can give power in it to anybody."""
    plain = {"filters": [{"keyword": {"words": [SPAM]}, "says": SAYS}]}
    community = make_community("power", plain)
    people = [(first, "alice"), (second, "bob"), (third, "carol")]
    powerful = {home.user(localpart): 100 for home, localpart in people}
    community.push(first, community.room.add_state(first, POWER, "", {"users": powerful}))
    community.follow_policy({**plain, "filters": [*plain["filters"], "reaction"]})

    for number in range(3):
        for home, localpart in people:
            assert not community.is_signed(home, localpart, f"{SPAM} {number}")

    assert community.dropped() == []


def test_only_the_collector_of_signatures_meets_the_ceiling(
    make_program, make_room, join, first, second, third
):
    program = make_program(limits={"unseen_signatures": 100})
    room = make_room("11", program, f"banked-{now_ts()}")
    join(program, [room])
    community = Community(program, room, (first, second, third))
    statuses = [community.write(third, "carol")[1].status for _ in range(102)]

    assert set(statuses[:99]) == {200}
    assert statuses[-1] == 429
    assert community.is_signed(second, "bob")
    # What it asks about others' events counts for nobody, and least of all for them.
    for _ in range(5):
        mine = room.event(second, sender=second.user("bob"))
        assert community.requester.ask(mine, third).status == 200
    assert community.is_signed(second, "bob")
    community.requester.connection.close()


@pytest.fixture(scope="module")
def linked(make_community):
    """A community that weighs links and contacts; whoever was there before it began is a member."""
    return make_community(
        "linked",
        {
            "filters": [
                "indicator",
                {"name": "advert", "keyword": {"words": [SPAM]}, "weight": 10},
                {"turned-account": None, "applies_to": "member"},
            ]
        },
    )


def bad(community):
    found = json.loads(community.program.run("indicators", "list", "--json"))
    return {each["label"]: each["because"] for each in found}


def fresh(name):
    return f"{name}{now_ts()}"


def is_signed_of_newcomer(community, home, body):
    name = fresh("new")
    community.come(home, name)
    return community.is_signed(home, name, body)


def test_a_contact_that_newcomers_spread_is_refused_whatever_the_words(linked, first, third):
    texts = [
        f"{words} telegram @spread_{number}"
        for number in range(2)
        for words in ("thanks to", "ask on", "I was saved by", "write to", "the best is")
    ]
    signed = [is_signed_of_newcomer(linked, third, text) for text in texts]

    assert signed == [True, True, False, False, False] * 2
    # Members are not in its way, and once a moderator passes it on, newcomers may as well.
    assert linked.is_signed(first, "alice", "is telegram @spread_0 a scam?")
    assert is_signed_of_newcomer(linked, third, "I ask too: telegram @spread_0")


def test_newcomers_cannot_make_bad_what_members_posted(linked, first, second, third):
    site = f"https://{fresh('project')}.example/news"
    assert linked.is_signed(second, "bob", f"our news: {site}")
    assert linked.is_signed(first, "alice", f"read {site}")
    for _ in range(4):
        assert not is_signed_of_newcomer(linked, third, f"{SPAM} {now_ts()} {site}")

    assert [is_signed_of_newcomer(linked, third, f"thanks for {site}") for _ in range(4)] == [
        True
    ] * 4
    assert not any("project" in label for label in bad(linked))


def test_a_redacted_indicator_is_bad_until_it_is_removed(linked, first, third):
    name, site = fresh("new"), f"shop{now_ts()}.example/offer"
    linked.come(third, name)
    event, answer = linked.write(third, name, f"see https://{site}")
    assert_signed(answer, linked.room, event, linked.program)
    own = {"redacts": oracle.event_id_of(linked.room.version, event)}

    linked.push(third, linked.room.event(third, "m.room.redaction", own, sender=third.user(name)))
    assert f"link {site}" not in bad(linked)
    event, _ = linked.write(third, name, f"again: https://{site}")
    theirs = {"redacts": oracle.event_id_of(linked.room.version, event)}
    linked.push(first, linked.room.event(first, "m.room.redaction", theirs))

    assert bad(linked)[f"link {site}"] == "redacted"
    linked.program.run("indicators", "remove", site)
    assert f"link {site}" not in bad(linked)


def test_a_moderators_word_holds_for_newcomers_at_once(linked, third):
    contact = f"contact_{now_ts()}"
    linked.program.run("indicators", "add", f"@{contact}")

    assert not is_signed_of_newcomer(linked, third, f"write to telegram @{contact}")
    assert contact not in linked.program.run("indicators", "list", "--json")


def test_an_address_that_is_cut_apart_is_refused_and_its_parts_are_recorded(linked, third):
    linked.program.run("indicators", "add", "t.me/cut_apart")
    name = fresh("new")
    linked.come(third, name)
    parts = [linked.write(third, name, text) for text in ("hello all", "come to", "t.me")]
    assert [answer.status for _, answer in parts] == [200] * 3

    assert not linked.is_signed(third, name, "/cut_apart")
    greeting, _, host = (oracle.event_id_of(linked.room.version, event) for event, _ in parts)

    def recorded():
        found = json.loads(linked.program.run("leaks", "list", "--json"))
        return {each["event_id"]: each["is_part"] for each in found}

    wait_until(lambda: host in recorded(), "the part is recorded", timeout_seconds=10)
    assert recorded()[host] is True
    assert greeting not in recorded()


def test_a_members_offer_reaches_one_room_and_their_news_reach_all(
    linked, make_room, join, first, second
):
    others = [make_room("11", linked.program, f"other{number}-{now_ts()}") for number in range(2)]
    join(linked.program, others)
    rooms = [linked.room, *others]

    def post(body):
        answers = []
        for room in rooms:
            event = room.event(second, MESSAGE, {"msgtype": "m.text", "body": body},
                               sender=second.user("bob"))  # fmt: skip
            answers.append(linked.requester.ask(event, second).status)
        return answers

    news = f"https://{fresh('meeting')}.example/programme"
    assert post(f"our meeting: {news}") == [200] * 3
    assert post(f"earn $900 a day, telegram @turned_{now_ts()}") == [200, 400, 400]
