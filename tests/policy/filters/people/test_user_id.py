"""`user-id` refuses user IDs that are sentences, and no bridge's."""

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.filters.people.user_id import UserId


@pytest.mark.parametrize(
    "sender",
    [
        "@alice:example.org",
        "@:example.org",
        "@alice.van.der-berg_2:example.org",
        "@signal_1f0c9ab2-12ab-4f3e-9d1c-aabbcc112233:example.org",
        "@_slack_example_U0G9QPQBBK:example.org",
        "@_discord_123456789012345678:example.org",
        "@_xmpp_anna=2emaria=40chat.example.net:example.org",
        "@telegram_1234567890:example.org",
        "@user:a-very-long-name-of-a-server-with-many-words.in.it.example.org:8448",
    ],
)
def test_passes_the_user_ids_of_people_and_of_bridges(event, no_facts, sender):
    assert UserId().judge(event(sender=sender), no_facts) is None


def test_refuses_a_long_user_id(event, no_facts):
    finding = UserId(max_characters=10).judge(event(sender="@" + "a" * 11 + ":b"), no_facts)

    assert finding is not None
    assert finding.reason == "comes from a user ID of 11 characters; this room allows 10"
    assert UserId(max_characters=11).judge(event(sender="@" + "a" * 11 + ":b"), no_facts) is None


def test_refuses_a_sentence(event, no_facts):
    finding = UserId().judge(event(sender="@come-to_my.room=now/and+buy:b"), no_facts)

    assert finding is not None
    assert finding.reason == "comes from a user ID of 7 words; this room allows 6"


@pytest.mark.parametrize(
    ("sender", "options"),
    [
        pytest.param("@xxFastCOINSxx:b", {"words": ("fastcoins",)}, id="word"),
        pytest.param("@FástCoins:b", {"words": ("fastcoins",)}, id="accent"),
        pytest.param("@join_t.me_now:b", {"globs": ("*t.me*",)}, id="glob"),
        pytest.param("@JOIN-us:b", {"globs": ("join-*",)}, id="glob in capitals"),
    ],
)
def test_refuses_what_the_policy_lists(event, no_facts, sender, options):
    assert UserId(**options).judge(event(sender=sender), no_facts) is not None
    assert UserId(**options).judge(event(sender="@alice:fastcoins"), no_facts) is None


def test_a_word_with_nothing_to_see_is_a_mistake():
    with pytest.raises(OptionsInvalid, match=r"words\[0\]"):
        UserId(words=("\u200b",))
