"""`impersonation` compares names as they look."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.people.impersonation import Impersonation
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions import Names, NamesInRoom
from tests.policy.conftest import ALICE, BOB

MODERATORS = ((BOB, "Bob the Mod"), ("@helpdesk:example.org", None))


def judge(filter_, event, own):
    asked = [*filter_.asks(event)]
    return filter_.judge(event, Facts(dict.fromkeys(asked, Names(own, MODERATORS))))


@pytest.mark.parametrize("own", [None, "", "Alice", "Bob", "Bob the Builder", "The Mod", "bo"])
def test_other_names_pass(message, own):
    assert judge(Impersonation(), message(), own) is None


@pytest.mark.parametrize(
    "own",
    [
        "Bob the Mod",
        "bob the mod",
        "B\u043eb the M\u043ed",
        "B0b-the-M0d",
        "Bob\u200b  the Mód",
        "HelpDesk",
    ],
)
def test_a_name_that_looks_like_a_moderators_is_refused(message, own):
    finding = judge(Impersonation(), message(), own)

    assert finding.reason.startswith("is called ")


def test_moderators_themselves_are_not_asked_about(event):
    moderator = event(standing=Standing(level=Trust.MODERATOR, because=""))

    assert [*Impersonation().asks(moderator)] == []
    assert judge(Impersonation(), event(sender=BOB), "Bob the Mod") is None


def test_names_of_the_policy_are_for_nobody_else(message):
    finding = judge(Impersonation(names=("Support Team",)), message(), "SUPP\u041eRT team")

    assert "protected name" in finding.reason


def test_a_membership_event_is_judged_by_the_name_that_it_brings(event):
    content = {"membership": "join", "displayname": "Bob the Mod"}
    renamed = event("m.room.member", content, state_key=ALICE)
    invited = event("m.room.member", content, state_key="@carol:example.com")

    assert judge(Impersonation(), renamed, "Alice") is not None
    assert judge(Impersonation(), invited, "Alice") is None
    assert [*Impersonation().asks(renamed)] == [NamesInRoom(ALICE)]
