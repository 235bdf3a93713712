"""Tests of `join-rate`, which counts memberships of the kinds that the policy names."""

from dataclasses import replace

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.facts import Facts
from countersign.policy.filters.pace.join_rate import JoinRate
from countersign.policy.questions.counts import SignedEvents
from countersign.policy.questions.sender_groups import Per
from tests.policy.conftest import ALICE


def member(event, membership):
    return event("m.room.member", {"membership": membership}, state_key=ALICE)


def judge(filter_, event, signed):
    return filter_.judge(event, Facts(dict.fromkeys(filter_.asks(event), signed)))


def test_other_events_and_memberships_are_not_counted(message, event):
    assert [*JoinRate().asks(message())] == []
    assert [*JoinRate().asks(member(event, "leave"))] == []
    assert [*JoinRate().asks(member(event, ["join"]))] == []


def test_joins_are_counted_by_server_unless_the_policy_says_otherwise(event):
    (question,) = JoinRate().asks(member(event, "join"))

    assert question == SignedEvents(Per.SERVER, "example.org", ("membership", "join"), 60)


def test_arrivals_are_joins_that_change_no_name_or_picture(event):
    rate = JoinRate(memberships=("arrival",))
    arriving = member(event, "join")
    renaming = replace(arriving, membership_before="join")

    (question,) = rate.asks(replace(arriving, membership_before="leave"))
    assert question.types == ("membership", "arrival")
    assert [*rate.asks(renaming)] == []
    assert [*JoinRate(memberships=("arrival", "join")).asks(renaming)] != []


def test_a_join_above_the_limit_is_refused(event):
    rate = JoinRate(max_events=3)

    assert judge(rate, member(event, "join"), 2) is None
    assert judge(rate, member(event, "join"), 3).reason == (
        "example.org had 3 join events signed in 60 seconds; this community allows 3 per server"
    )


def test_an_unknown_membership_is_a_mistake():
    with pytest.raises(OptionsInvalid, match="Did you mean join"):
        JoinRate(memberships=("jion",))


def test_each_room_is_counted_apart_if_the_policy_says_so(event):
    rate = JoinRate(per=Per.SENDER, each_room=True)

    (question,) = rate.asks(member(event, "join"))

    types = ("membership", "join", "in", member(event, "join").room_id)
    assert question == SignedEvents(Per.SENDER, ALICE, types, 60)


def test_those_who_had_enough_signed_are_left_out_if_the_policy_says_so(event):
    rate = JoinRate(memberships=("invite",), first_events=5)
    invitation = member(event, "invite")
    known = replace(invitation, standing=replace(invitation.standing, accepted_events=5))

    assert [*rate.asks(known)] == []
    (question,) = rate.asks(invitation)
    assert question.types == ("membership", "invite", "first", "5")
