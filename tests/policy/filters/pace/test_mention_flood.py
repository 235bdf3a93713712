"""Tests of `mention-flood`, which counts the distinct users mentioned in an event."""

import pytest

from countersign.policy.filters.pace.mention_flood import MentionFlood
from countersign.policy.harms import Harm

ALICE, BOB, CAROL = "@alice:example.org", "@bob:example.org", "@carol:example.org"


@pytest.mark.parametrize(
    "user_ids",
    [
        pytest.param([], id="nobody"),
        pytest.param([ALICE, BOB], id="exactly the limit"),
        pytest.param([ALICE, BOB, ALICE], id="one person twice"),
    ],
)
def test_an_event_within_the_limit_passes(message, no_facts, user_ids):
    event = message("lunch?", **{"m.mentions": {"user_ids": user_ids}})

    assert MentionFlood(max_users=2).judge(event, no_facts) is None


def test_an_event_above_the_limit_is_refused_with_the_count(message, no_facts):
    event = message("lunch?", **{"m.mentions": {"user_ids": [ALICE, BOB, CAROL]}})

    finding = MentionFlood(max_users=2).judge(event, no_facts)

    assert finding is not None
    assert finding.harm is Harm.FLOODING
    assert finding.reason == "mentions 3 users; this room allows 2"
    assert (finding.value, finding.limit) == (3, 2)


def test_each_person_is_counted_once_over_all_kinds_of_mentions(message, no_facts):
    event = message(
        f"{ALICE}!",
        formatted_body=f'<a href="https://matrix.to/#/{BOB}">Bob</a>',
        **{"m.new_content": {"m.mentions": {"user_ids": [ALICE, CAROL]}}},
    )

    finding = MentionFlood(max_users=2).judge(event, no_facts)

    assert finding is not None
    assert finding.value == 3


@pytest.mark.parametrize("mentions", [None, [], "room", {"user_ids": ALICE}, {"user_ids": [7]}])
def test_malformed_mentions_pass(message, no_facts, mentions):
    event = message("hi", **{"m.mentions": mentions})

    assert MentionFlood(max_users=1).judge(event, no_facts) is None


def test_mentions_of_the_room_do_not_count_by_default(message, no_facts):
    event = message("@room fire!")

    assert MentionFlood(max_users=2).judge(event, no_facts) is None


def test_a_mention_of_the_room_counts_as_the_given_number_of_people(message, no_facts):
    finding = MentionFlood(max_users=2, room_counts_as=50).judge(message("@room fire!"), no_facts)

    assert finding is not None
    assert finding.reason == "mentions 50 users, 50 of them for @room; this room allows 2"
