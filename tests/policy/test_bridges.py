"""Tests of bridged accounts, which are recognised by namespaces, each on one server."""

import pytest

from countersign.policy.filters.pace.event_rate import EventRate
from countersign.policy.filters.pace.wave import Wave
from countersign.policy.filters.people.user_id import UserId
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import PolicyInvalid, parse_policy
from countersign.policy.questions.sender_groups import Per
from countersign.testing.filters import make_event_to_judge

DOCUMENT = r"""
filters: []
bridges:
  - "@telegram_*:example.org"
  - {regex: "@_irc_[a-z]+_.*:example\\.net", server: example.net}
"""
LONG = "the workshop moved to the large hall on the second floor, please tell all who are late"


def parse(document):
    return parse_policy(document.encode(), BUILTIN_FILTERS)


@pytest.mark.parametrize(
    ("user_id", "is_bridged"),
    [
        ("@alice:example.org", False),
        ("@telegram_17:example.org", True),
        ("@telegram_17:example.org.evil.example", False),
        ("@telegram_17:evil.example", False),
        ("@_irc_libera_ann:example.net", True),
        ("@_irc_libera_ann:example.org", False),
        ("@x_irc_libera_ann:example.net", False),
    ],
)
def test_a_namespace_holds_for_its_own_server_only(user_id, is_bridged):
    assert parse(DOCUMENT).bridges.cover(user_id) is is_bridged


def test_nobody_is_bridged_without_namespaces():
    assert not parse("filters: []").bridges.cover("@telegram_17:example.org")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ('["@telegram_*"]', "bridges[0]"),
        ('["@telegram_*:*"]', "bridges[0]"),
        ('["@*:example.org"]', "bridges[0]"),
        ("[5]", "bridges[0]"),
        ("yes", "bridges"),
        ('[{regex: "@a("}]', "bridges[0]"),
        ('[{regex: "@a(", server: example.org}]', "bridges[0].regex"),
    ],
)
def test_a_namespace_that_would_be_everybodys_is_a_mistake(given, found):
    with pytest.raises(PolicyInvalid) as caught:
        parse(f"filters: []\nbridges: {given}")

    assert f"{found}:" in str(caught.value.mistakes[0])


@pytest.mark.parametrize("is_bridged", [False, True])
def test_they_count_in_no_servers_share_and_in_no_wave(is_bridged):
    event = make_event_to_judge("m.room.message", {"body": LONG}, is_bridged=is_bridged)

    assert (list(EventRate(per=Per.SERVER).asks(event)) == []) is is_bridged
    assert (list(Wave().asks(event)) == []) is is_bridged
    assert list(EventRate(per=Per.SENDER).asks(event)) != []


def test_their_user_ids_are_the_bridges_doing(no_facts):
    sender = "@telegram_how_to_win_much_money_in_a_week:example.org"
    event = make_event_to_judge("m.room.message", {"body": "hi"}, sender=sender)
    bridged = make_event_to_judge("m.room.message", {"body": "hi"}, sender=sender, is_bridged=True)

    assert UserId(max_words=3).judge(event, no_facts) is not None
    assert UserId(max_words=3).judge(bridged, no_facts) is None
