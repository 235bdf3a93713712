"""Tests of `user-id`: user IDs that are sentences are refused, those of bridges pass."""

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
        "@_xmpp_room=40muc.chat.example.org=2fSir=20Robin=20the=20Brave=20=5baway=5d:example.org",
        "@_bifrost_some.body=40jabber.uni.example.ac.uk:example.org",
        "@saml_anna.maria.berg_at_mail.physics.example.edu:example.org",
        "@anna-maria-at-post.mail.example.co.uk:example.org",
        "@uid=3danna=2cou=3dpeople=2cou=3dstaff=2cdc=3dexample=2cdc=3dorg:example.org",
        "@_ap_https=3a=2f=2fsocial.example.org=2fusers=2fanna_berg:example.org",
        "@_irc_"
        + "".join(f"={byte:02x}" for byte in "Анна Мария Петрова".encode())
        + ":example.org",
        "@telegram_1234567890:example.org",
        "@user:a-very-long-name-of-a-server-with-many-words.in.it.example.org:8448",
    ],
)
def test_usual_user_ids_of_people_and_bridges_pass(event, no_facts, sender):
    assert UserId().judge(event(sender=sender), no_facts) is None


def test_a_long_user_id_is_refused(event, no_facts):
    finding = UserId(max_characters=10).judge(event(sender="@" + "a" * 11 + ":b"), no_facts)

    assert finding is not None
    assert finding.reason == "comes from a user ID of 11 characters; this room allows 10"
    assert UserId(max_characters=11).judge(event(sender="@" + "a" * 11 + ":b"), no_facts) is None


@pytest.mark.parametrize(
    "localpart",
    [
        "join.our.cheap.followers.shop.today.on.telegram",
        "_xmpp_join=20our=20cheap=20followers=20shop=20today=20here",
        "_xmpp_x=40a.example=2fjoin=20our=20cheap=20followers=20shop=20today=20here",
        "join_our_cheap_followers_shop_today_here_at_example.org",
        "buy_at_our.cheap.followers.shop.today.on.telegram.for.little.money",
    ],
)
def test_a_sentence_in_the_form_of_a_bridges_user_id_is_refused(event, no_facts, localpart):
    assert UserId().judge(event(sender=f"@{localpart}:b"), no_facts) is not None


def test_a_sentence_is_refused(event, no_facts):
    finding = UserId().judge(event(sender="@come-to_my.room=now/and+buy:b"), no_facts)

    assert finding is not None
    assert finding.reason == "comes from a user ID of 7 words; this room allows 6"


@pytest.mark.parametrize(
    ("sender", "options"),
    [
        pytest.param("@xxFastCOINSxx:b", {"words": ("fastcoins",)}, id="word"),
        pytest.param("@FástCoins:b", {"words": ("fastcoins",)}, id="accent"),
        pytest.param("@fast=63oins:b", {"words": ("fastcoins",)}, id="escaped"),
        pytest.param("@join_t.me_now:b", {"globs": ("*t.me*",)}, id="glob"),
        pytest.param("@JOIN-us:b", {"globs": ("join-*",)}, id="glob in capitals"),
    ],
)
def test_listed_words_are_refused(event, no_facts, sender, options):
    assert UserId(**options).judge(event(sender=sender), no_facts) is not None
    assert UserId(**options).judge(event(sender="@alice:fastcoins"), no_facts) is None


def test_a_word_with_nothing_to_see_is_a_mistake():
    with pytest.raises(OptionsInvalid, match=r"words\[0\]"):
        UserId(words=("\u200b",))
