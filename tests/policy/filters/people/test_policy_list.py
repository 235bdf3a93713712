"""Tests of `policy-list`, which checks senders, targets and linked rooms against policy lists."""

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.facts import Facts
from countersign.policy.filters.people.policy_list import PolicyList
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions.lists import Listing
from countersign.protocol.rooms.policy_rules import parse_policy_rule
from tests.policy.conftest import ALICE, BOB

LIST = "!list:example.org"
FILTER = PolicyList(lists=(LIST,))
RULE = parse_policy_rule(
    "m.policy.rule.user", {"entity": "@al*:*", "recommendation": "m.ban", "reason": "spam"}
)


def judge(event, listing):
    return FILTER.judge(event, Facts(dict.fromkeys(FILTER.asks(event), listing)))


def test_a_sender_on_no_list_passes(message):
    assert judge(message(), None) is None


def test_a_listed_sender_is_refused_without_naming_the_list(message):
    finding = judge(message(), Listing(LIST, RULE, ALICE))

    assert finding.reason == f"'{ALICE}' is on the list {LIST} as the user '@al*:*', ban: 'spam'"
    assert LIST not in finding.says


def test_moderators_are_left_alone(event):
    moderator = event(standing=Standing(level=Trust.MODERATOR, because=""))

    assert [*FILTER.asks(moderator)] == []


def test_an_invitation_is_also_about_whom_it_invites(event):
    invite = event("m.room.member", {"membership": "invite"}, state_key=BOB)
    (question,) = FILTER.asks(invite)

    assert question.users == (ALICE, BOB)


@pytest.mark.parametrize(
    ("body", "rooms"),
    [
        ("see https://example.org/#/!room:b", ()),
        ("the room itself: https://matrix.to/#/!room:example.org", ()),
        ("https://matrix.to/#/@bob:example.org", ()),
        ("https://matrix.to/#/%23bad:example.org?via=b", ("#bad:example.org",)),
        ("https://matrix.to/#/!bad:example.org/$event", ("!bad:example.org",)),
        ("matrix:r/bad:example.org", ("#bad:example.org",)),
        ("matrix:roomid/bad:example.org", ("!bad:example.org",)),
    ],
)
def test_rooms_that_are_linked_are_asked_about(message, body, rooms):
    (question,) = FILTER.asks(message(body))

    assert question.rooms == rooms
    (unlinked,) = PolicyList(lists=(LIST,), linked_rooms=False).asks(message(body))
    assert unlinked.rooms == ()


def test_a_list_is_named_by_its_room_id():
    with pytest.raises(OptionsInvalid):
        PolicyList(lists=("#list:example.org",))
